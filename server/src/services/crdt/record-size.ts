import type { LwwRecord } from '@topgun/core/crdt';
import { encodeValue } from '@topgun/core/primitives';

/** The op's encoded size, at most, and the largest a record may become. */
export interface SizeBounds {
  readonly opBytes: number;
  readonly recordBytes: number;
}

/** Upper bounds of sizes, so that a record is measured only when many small writes might have made it large. */
const knownBounds = new WeakMap<LwwRecord, number>();

/** Whether `after`, which is `before` and one op more, is larger than a record may be. */
export function exceedsRecordSize(before: LwwRecord, after: LwwRecord, bounds: SizeBounds): boolean {
  const bound = (knownBounds.get(before) ?? recordSize(before)) + bounds.opBytes;
  const size = bound <= bounds.recordBytes ? bound : recordSize(after);
  knownBounds.set(after, size);
  return size > bounds.recordBytes;
}

/** Bytes of a record's field names and values as JSON, stamps apart. */
export function recordSize(record: LwwRecord): number {
  let bytes = 0;
  for (const [name, register] of record.fields) {
    bytes += Buffer.byteLength(JSON.stringify(name));
    if (register.value !== undefined) bytes += Buffer.byteLength(JSON.stringify(encodeValue(register.value)));
  }
  return bytes;
}
