import { err, ok, type Result } from '@topgun/core/primitives';
import { ByteReader } from './byte-reader.js';
import { FIXED_BYTES, recordLength, type LayoutError } from './record-layout.js';
import type { RecordSection } from './snapshot-layout.js';

/** Where each record of a section begins, by key, found `step` records at a time. Looks at nothing but lengths and keys, and believes neither. */
export function* indexRecords(
  { map, count, bytes }: RecordSection,
  step: number,
): Generator<void, Result<Map<string, number>, LayoutError>> {
  const places = new Map<string, number>();
  const reader = new ByteReader(bytes);
  let last: string | null = null;
  for (let at = 0; at < bytes.length;) {
    const end = at + FIXED_BYTES > bytes.length ? Infinity : at + recordLength(bytes, at);
    if (end > bytes.length || end < at + FIXED_BYTES) return malformed(map, 'a record does not end where it says');
    reader.seek(at + FIXED_BYTES, end);
    const key = reader.text();
    if (reader.fault !== null) return malformed(map, reader.fault);
    if (last !== null && key <= last) return malformed(map, 'records are in order, each once');
    last = key;
    places.set(key, at);
    at = end;
    if (places.size % step === 0) yield;
  }
  return places.size === count ? ok(places) : malformed(map, `it holds ${places.size} records and says ${count}`);
}

/** The same, all at once. */
export function indexAll(section: RecordSection): Result<Map<string, number>, LayoutError> {
  const steps = indexRecords(section, Infinity);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

const malformed = (map: string, reason: string): Result<never, LayoutError> =>
  err({ code: 'malformed', reason: `records of ${JSON.stringify(map)}: ${reason}` });
