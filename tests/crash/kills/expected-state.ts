import type { Op } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';

/** By map and key, what an app sees. */
export type State = Map<string, Map<string, Value>>;

/** One client's ops in the order of their sequence, and how many of them were decided. */
export interface DecidedOps {
  readonly ops: readonly Op[];
  readonly decided: number;
}

/**
 * What has to be there: all ops up to the one decided last, of each client, and nothing else. Right because no two clients write the
 * same record, but for counters, which only add up.
 */
export function expectedState(clients: readonly DecidedOps[]): State {
  const state: State = new Map();
  for (const { ops, decided } of clients) for (const op of ops.slice(0, decided)) applyTo(state, op);
  return state;
}

function applyTo(state: State, op: Op): void {
  const rows = state.get(op.map) ?? new Map<string, Value>();
  state.set(op.map, rows);
  const held = rows.get(op.key);
  switch (op.kind) {
    case 'create':
    case 'patch': {
      const fields = op.fields.map(({ name, value }) => [name, value ?? null] as const);
      rows.set(op.key, { ...(held as Record<string, Value> | undefined), ...Object.fromEntries(fields) });
      return;
    }
    case 'remove':
      rows.delete(op.key);
      return;
    case 'count':
      rows.set(op.key, ((held as number | undefined) ?? 0) + op.delta);
      return;
    default:
      throw new Error(`the load has no ${op.kind}`);
  }
}

/** What is there and should not be, is not and should, or is otherwise: one line each. Empty when the two are the same. */
export function differences(expected: State, found: State): string[] {
  const lines: string[] = [];
  for (const map of new Set([...expected.keys(), ...found.keys()])) {
    const [wanted, seen] = [expected.get(map) ?? new Map(), found.get(map) ?? new Map()];
    for (const key of new Set([...wanted.keys(), ...seen.keys()])) {
      const [want, have] = [textOf(wanted.get(key)), textOf(seen.get(key))];
      if (want !== have) lines.push(`${map}/${key}: expected ${want}, found ${have}`);
    }
  }
  return lines;
}

function textOf(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
