import { err, ok, type Result } from '@topgun/core/primitives';
import { ByteReader } from './byte-reader.js';
import { FIXED_BYTES, recordLength, type LayoutError } from './record-layout.js';
import type { RecordSection } from './snapshot-layout.js';

/**
 * Finds the records of a section, `step` of them at a time, and says of each where it begins. Looks at nothing but lengths and keys, and believes neither: what
 * was said before a fault is void.
 */
export function* indexRecords(
  { map, count, bytes }: RecordSection,
  step: number,
  found: (key: string, at: number) => void,
): Generator<void, Result<void, LayoutError>> {
  const reader = new ByteReader(bytes);
  let last: string | null = null;
  let seen = 0;
  for (let at = 0; at < bytes.length;) {
    const end = at + FIXED_BYTES > bytes.length ? Infinity : at + recordLength(bytes, at);
    if (end > bytes.length || end < at + FIXED_BYTES) return malformed(map, 'a record does not end where it says');
    reader.seek(at + FIXED_BYTES, end);
    const key = reader.text();
    if (reader.fault !== null) return malformed(map, reader.fault);
    if (last !== null && key <= last) return malformed(map, 'records are in order, each once');
    last = key;
    found(key, at);
    at = end;
    seen += 1;
    if (seen % step === 0) yield;
  }
  return seen === count ? ok(undefined) : malformed(map, `it holds ${seen} records and says ${count}`);
}

/** Where each record of a section begins, by key, all at once. */
export function indexAll(section: RecordSection): Result<Map<string, number>, LayoutError> {
  const places = new Map<string, number>();
  const steps = indexRecords(section, Infinity, (key, at) => places.set(key, at));
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value.ok ? ok(places) : step.value;
  }
}

const malformed = (map: string, reason: string): Result<never, LayoutError> =>
  err({ code: 'malformed', reason: `records of ${JSON.stringify(map)}: ${reason}` });
