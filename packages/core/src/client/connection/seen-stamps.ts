import { stampMillis, type Stamp } from '../../clock/index.js';
import { expiryStamp, type LwwRecord, type Op } from '../../crdt/index.js';
import type { LocalState } from '../ports/local-state.js';
import type { OutboxEntry } from '../ports/storage.js';

/** What the authors of ops had before their eyes: the confirmed records, as they are now. */
export type SeenBases = ReadonlyMap<string, ReadonlyMap<string, LwwRecord>>;

export async function seenBases(local: LocalState, entries: readonly OutboxEntry[]): Promise<SeenBases> {
  const bases = new Map<string, ReadonlyMap<string, LwwRecord>>();
  for (const map of new Set(entries.map((entry) => entry.op.map))) {
    const base = await local.base(map);
    if (base !== null) bases.set(map, base);
  }
  return bases;
}

/** CR-11: the greatest stamp of its record that an op can have seen, the removal of an expired one included. */
export function latestSeen(bases: SeenBases, op: Op, serverNow: number): Stamp | '' {
  const record = bases.get(op.map)?.get(op.key);
  if (record === undefined) return '';
  let latest: Stamp | '' = '';
  const consider = (stamp: Stamp | ''): void => {
    if (stamp < op.stamp && stamp > latest) latest = stamp;
  };
  consider(record.floor);
  if (record.existence !== null) consider(record.existence.stamp);
  if (record.expiry !== null) consider(record.expiry.stamp);
  const end = record.expiry?.at ?? null;
  // CR-9: a record that its author took for expired, and that is by now.
  if (end !== null && end <= serverNow) {
    const removal = expiryStamp(record, end);
    if (stampMillis(removal) <= serverNow) consider(removal);
  }
  for (const { stamp } of record.fields.values()) consider(stamp);
  return latest;
}
