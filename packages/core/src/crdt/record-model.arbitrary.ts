import { canonicalJson } from '../primitives/canonical-json.js';
import type { Existence, LwwRecord, Register } from './lww-record.js';
import type { RecordOp } from './op.js';

/**
 * CR-3 as a definition instead of a merge: the state that a *set* of ops means, found by looking at all of them at once.
 * Shares no code with the merge it judges.
 */
export function modelRecord(ops: readonly RecordOp[]): LwwRecord {
  const lives = ops.filter((op) => op.kind !== 'patch');
  const floors = lives.filter((op) => op.kind === 'remove' || op.restart).map((op) => op.stamp as string);
  const floor = (floors.sort().at(-1) ?? '') as LwwRecord['floor'];

  const latest = lives
    .map((op) => op.stamp as string)
    .sort()
    .at(-1);
  const atLatest = lives.filter((op) => op.stamp === latest);
  const existence: Existence | null =
    atLatest[0] === undefined
      ? null
      : { stamp: atLatest[0].stamp, op: atLatest.some((op) => op.kind === 'remove') ? 'remove' : 'create' };

  const writes = ops.flatMap((op) =>
    op.kind === 'remove' ? [] : op.fields.map(({ name, value }) => ({ name, stamp: op.stamp, value })),
  );
  const fields = new Map<string, Register>();
  for (const name of new Set(writes.map((write) => write.name))) {
    const rank = ({ stamp, value }: Register): string => `${stamp} ${value === undefined ? '' : canonicalJson(value)}`;
    const [winner] = writes
      .filter((write) => write.name === name && write.stamp >= floor)
      .sort((a, b) => (rank(a) < rank(b) ? 1 : -1));
    if (winner !== undefined) fields.set(name, { stamp: winner.stamp, value: winner.value });
  }
  const ends = ops.flatMap((op) =>
    op.kind === 'remove' || op.expiresAt === undefined || op.stamp < floor
      ? []
      : [{ stamp: op.stamp, at: op.expiresAt }],
  );
  const [expiry] = ends.sort((a, b) =>
    a.stamp === b.stamp ? (b.at ?? -1) - (a.at ?? -1) : a.stamp < b.stamp ? 1 : -1,
  );
  return { existence, floor, fields, expiry: expiry ?? null };
}
