import { TopGunError, type AnswerHandle } from '@topgun/core';

import type { Falsy } from './falsy.js';
import { constantSource, type SnapshotSource } from './use-snapshot.js';

/** How long a text stays as it is before it is searched for, unless told otherwise. */
export const DEFAULT_DEBOUNCE_MS = 150;

/** What every answer has. */
export interface Answer {
  readonly loading: boolean;
  readonly error: TopGunError | null;
}

/** What a hook was given, as it names it. `key` is the same for what means the same. */
export interface AskedAnswer<S> {
  readonly key: string;
  readonly source: SnapshotSource<S>;
}

/** Falsy: which map it is, is not known yet, and nothing is found. A bad name is an error to show, not one to throw. */
export function askAnswer<S extends Answer>(
  map: string | Falsy,
  empty: S,
  ask: (map: string) => AnswerHandle<S>,
): AskedAnswer<S> {
  if (!map) return { key: 'disabled', source: constantSource(empty) };
  try {
    const handle = ask(map);
    return { key: handle.key, source: handle };
  } catch (error) {
    if (!(error instanceof TopGunError)) throw error;
    return { key: `error:${error.message}`, source: constantSource({ ...empty, error }) };
  }
}
