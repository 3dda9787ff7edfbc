import type { ReplicaId } from '../../clock/index.js';
import type { Op, OpId } from '../../crdt/index.js';
import type { TabEvent } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';

/**
 * Where tabs submit for themselves, an edit made here may reach the server before the record it edits, which a sibling has created
 * and not yet got through: it would be refused (`record-absent`). So it waits until the create is decided. What was
 * written after what is remembered as it happens, not read from stamps, which clock corrections move: so nobody waits in a circle.
 * Of ops that were adopted only the stamps are known, and where clocks were set these may lead back to where one came from: so nothing
 * waits for ever, either.
 */
export interface SiblingCreates {
  /** Undecided ops of others. */
  note(ops: readonly Op[]): void;
  /** What this tab hears of ops. */
  hear(event: TabEvent): void;
  /** Another while has passed, as long for every call. */
  tick(): void;
  /** This tab has written the op: it may have seen every create noted so far. */
  written(op: Op): void;
  /** The undecided creates that the op was written after. */
  before(op: Op): Iterable<OpId>;
}

/**
 * So many ticks after a create became known, or this tab connected, nothing waits for it any more. By then its tab, or whoever has taken
 * over from it, has had the time to get it through.
 */
export const PATIENCE_TICKS = 6;

interface Create {
  readonly op: Op;
  readonly since: number;
}

export function createSiblingCreates(): SiblingCreates {
  /** Undecided creates by id, and by row. */
  const creates = new Map<string, Create>();
  const createsByRow = new Map<string, Set<string>>();
  /** What this tab writes as, or has. */
  const own = new Set<ReplicaId>();
  /** Of an undecided op of this tab, the ids of the creates it was written after. */
  const seen = new Map<string, ReadonlySet<string>>();

  let ticks = 0;
  let connectedAt = 0;

  function add(op: Op): void {
    if (op.kind !== 'create') return;
    const id = opIdText(op);
    creates.set(id, { op, since: creates.get(id)?.since ?? ticks });
    const ids = createsByRow.get(rowOf(op)) ?? new Set();
    createsByRow.set(rowOf(op), ids.add(id));
  }

  function forget(id: string): void {
    seen.delete(id);
    const create = creates.get(id);
    if (create === undefined) return;
    creates.delete(id);
    const ids = createsByRow.get(rowOf(create.op));
    ids?.delete(id);
    if (ids?.size === 0) createsByRow.delete(rowOf(create.op));
  }

  return {
    note: (ops) => ops.forEach(add),
    hear(event) {
      if (event.type === 'persisted') for (const { op } of event.entries) add(op);
      if (event.type === 'decided') for (const { op } of event.decisions) forget(opIdText(op));
      if (event.type === 'connection' && event.state === 'reconciling') connectedAt = ticks;
      if (event.type !== 'reissued') return;
      for (const { from, entry } of event.moved) {
        forget(opIdText(from));
        add(entry.op);
      }
    },
    tick() {
      ticks += 1;
    },
    written(op) {
      own.add(op.replica);
      const ids = op.kind === 'create' ? undefined : createsByRow.get(rowOf(op));
      if (ids !== undefined) seen.set(opIdText(op), new Set(ids));
    },
    before(op) {
      if (op.kind === 'create') return [];
      const ids = own.has(op.replica) ? seen.get(opIdText(op)) : createsByRow.get(rowOf(op));
      const before: Op[] = [];
      for (const id of ids ?? []) {
        const create = creates.get(id);
        if (create === undefined || ticks - Math.max(create.since, connectedAt) >= PATIENCE_TICKS) continue;
        if (own.has(op.replica) || create.op.stamp < op.stamp) before.push(create.op);
      }
      return before;
    },
  };
}

// No map name holds a space.
const rowOf = ({ map, key }: Op): string => `${map} ${key}`;
