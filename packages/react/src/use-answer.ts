import type { TopGunClient } from '@topgun/core';
import { useEffect, useMemo, useRef } from 'react';

import type { Answer, AskedAnswer } from './asked-answer.js';
import type { Falsy } from './falsy.js';
import { useSnapshot } from './use-snapshot.js';

/** The last answer that was shown, and whose it was. */
interface Held<S> {
  readonly state: S;
  readonly client: TopGunClient;
  readonly principal: string | null;
  readonly map: string | Falsy;
}

/**
 * The answer to what is asked, the same while it means the same. Until it has come, the one before it stays, and `loading` says so: a list does not
 * go empty between two letters. Not beyond a blank text, another map or another user.
 */
export function useAnswer<S extends Answer>(client: TopGunClient, map: string | Falsy, asked: AskedAnswer<S>): S {
  const { key } = asked;
  // By meaning and not by identity: `asked` is another object at every render.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const source = useMemo(() => asked.source, [client, key]);
  const state = useSnapshot(source);
  // Written after the commit alone, so a render that is thrown away leaves no trace.
  const held = useRef<Held<S> | null>(null);
  useEffect(() => {
    if (!state.loading) held.current = { state, client, principal: client.principal, map };
  }, [state, client, map]);
  // So that the code of the search is there when somebody types, and offline.
  useEffect(() => client.prepareSearch(), [client]);
  return useMemo(() => {
    const before = held.current;
    const isHeld =
      state.loading && before?.client === client && before.map === map && before.principal === client.principal;
    return isHeld ? { ...before.state, loading: true, error: null } : state;
  }, [state, client, map]);
}
