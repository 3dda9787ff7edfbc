import type { ReplicaId } from '@topgun/core/clock';
import { materialize } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import type { ServerMessage } from '@topgun/core/protocol';

import { RowMirror } from '../../../server/src/testing/row-mirror.js';
import { connectWire, helloOf } from '../../../server/src/testing/wire-client.js';
import type { State } from './expected-state.js';
import { LOAD_MAPS } from './load.js';

type Rows = Extract<ServerMessage, { type: 'rows' }>;

/** What a server shows to somebody who has nothing yet. */
export async function readState(url: string, maps: readonly string[] = LOAD_MAPS): Promise<State> {
  const client = await connectWire(url, helloOf('reader.0' as ReplicaId));
  const state: State = new Map();
  for (const [sub, map] of maps.entries()) {
    client.send({ type: 'subscribe', sub, map });
    const mirror = new RowMirror();
    for (let n = 0, done = false; !done; n += 1) {
      const rows = await client.until(
        (message): message is Rows => message.type === 'rows' && message.sub === sub && message.n === n,
      );
      mirror.take(rows.changes);
      done = rows.done;
    }
    const shown = [...mirror.rows].map(([key, record]) => [key, materialize(record)] as const);
    state.set(map, new Map(shown.filter((entry): entry is [string, Value] => entry[1] !== undefined)));
  }
  client.close();
  return state;
}

/** The same from rows of the table `record`, as another program reads them. */
export function stateOfRows(rows: readonly Readonly<Record<string, unknown>>[]): State {
  const state: State = new Map();
  for (const { map, key, value } of rows) {
    const held = state.get(map as string) ?? new Map<string, Value>();
    state.set(map as string, held.set(key as string, JSON.parse(value as string) as Value));
  }
  return state;
}
