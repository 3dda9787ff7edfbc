import { crc32 } from 'node:zlib';
import { PARTITION_COUNT, err, ok, type Result } from '@topgun/core/primitives';
import { faultOfJournal } from './check-journal.js';
import { APPLIED, SUPERSEDED, type Segment, type SegmentEntry, type SegmentJournal } from './segment.js';

/** The version written into every segment. A reader refuses versions it does not know rather than guess. */
export const SEGMENT_VERSION = 2;

/** Why bytes are not a segment; `reason` names the place. */
export interface SegmentError {
  readonly code: 'not-json' | 'unknown-version' | 'wrong-checksum' | 'malformed' | 'misplaced';
  readonly reason: string;
}

/** What a segment begins with: the CRC-32 of all that follows, in eight digits. */
const beginning = (sum: number): string => `{"v":${SEGMENT_VERSION},"crc":"${sum.toString(16).padStart(8, '0')}",`;
const SUMMED_FROM = beginning(0).length;

const encoder = new TextEncoder();
// Without `fatal`, damaged bytes would decode to replacement characters and pass for text that somebody wrote.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 JSON, so that SQL can read it too: `{"v":2,"crc":…,"position":…,"lineage":…,"entries":[{"partition","replica","ops":[[op, verdict], …]}],"journal":…}`. */
export function encodeSegment({ lineage, position, entries, journal }: Segment): Uint8Array {
  const text = JSON.stringify({ position, lineage, entries, journal });
  return summed(encoder.encode(beginning(0) + text.slice(1)));
}

/**
 * The entries of segments without a journal, as they were encoded, in one segment; `null`: one has a journal. They are this program's own, of this moment: nothing of
 * them is checked.
 */
export function spliceSegments(
  { lineage, position }: Pick<Segment, 'lineage' | 'position'>,
  segments: readonly Uint8Array[],
): Uint8Array | null {
  const bodies = segments.map(entriesText);
  if (bodies.includes(null)) return null;
  const place = JSON.stringify({ position, lineage }).slice(1, -1);
  const head = Buffer.from(`${beginning(0)}${place}${ENTRIES}`);
  const parts: Uint8Array[] = [head];
  for (const body of bodies) {
    if (body === null || body.length === 0) continue;
    if (parts.length > 1) parts.push(COMMA);
    parts.push(body);
  }
  return summed(new Uint8Array(Buffer.concat([...parts, END])));
}

// Within strings quotes are escaped, and before the entries there are but strings and a number.
const ENTRIES = ',"entries":[';
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

/** What stands between the brackets; `null`: the segment has a journal. */
function entriesText(segment: Uint8Array): Uint8Array | null {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.length);
  if (bytes.subarray(-END.length).equals(JOURNAL_END)) return null;
  return bytes.subarray(bytes.indexOf(ENTRIES) + ENTRIES.length, -END.length);
}

const JOURNAL_END = Buffer.from('}}');

function summed(bytes: Uint8Array): Uint8Array {
  bytes.set(encoder.encode(beginning(crc32(bytes.subarray(SUMMED_FROM)))));
  return bytes;
}

/**
 * Reads what `encodeSegment` wrote, and segments of version 1, which have no checksum. Checks that, and the frame: version, lineage, partitions, replicas, sequence order, verdicts
 * and the outline of each op. What is inside an op (stamps, values) is checked by whoever decodes the op.
 *
 * `at`: where it lies in the log (PI-61).
 */
export function decodeSegment(bytes: Uint8Array, at?: number): Result<Segment, SegmentError> {
  if (!isSummed(bytes)) {
    return err({ code: 'wrong-checksum', reason: `the checksum of its ${bytes.length} bytes is another` });
  }
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(bytes));
  } catch {
    return err({ code: 'not-json', reason: `the ${bytes.length} bytes are not JSON text` });
  }
  if (!isObject(json)) return malformed('the segment is no object');
  const { v } = json;
  if (v !== 1 && v !== SEGMENT_VERSION) {
    return err({ code: 'unknown-version', reason: `segment version ${JSON.stringify(v)}, not ${SEGMENT_VERSION}` });
  }
  if (v === 1 && json['crc'] !== undefined) return malformed('crc');
  const { lineage, position, entries, journal } = json;
  if (position !== undefined && !isPosition(position)) return malformed('position');
  if (at !== undefined && position !== undefined && position !== at) {
    return err({ code: 'misplaced', reason: `it says that it is segment ${position}` });
  }
  if (typeof lineage !== 'string' || lineage === '') return malformed('lineage');
  if (!Array.isArray(entries)) return malformed('entries');
  for (let i = 0; i < entries.length; i++) {
    const wrong = faultOfEntry(entries[i]);
    if (wrong !== null) return malformed(`entries[${i}]${wrong}`);
  }
  const segment = { lineage, ...(position === undefined ? {} : { position }), entries: entries as SegmentEntry[] };
  if (journal === undefined) return ok(segment);
  const wrong = faultOfJournal(journal);
  if (wrong !== null) return malformed(`journal${wrong}`);
  return ok({ ...segment, journal: journal as SegmentJournal });
}

/** Whether the checksum is right, where there should be one: whatever says of itself that it is of this version has one. */
function isSummed(bytes: Uint8Array): boolean {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(SUMMED_FROM, bytes.length)).toString('latin1');
  if (!found.startsWith(VERSION_TEXT)) return true;
  return found === beginning(crc32(bytes.subarray(SUMMED_FROM)));
}

const isPosition = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const VERSION_TEXT = `{"v":${SEGMENT_VERSION},`;

const malformed = (place: string): { readonly ok: false; readonly error: SegmentError } =>
  err({ code: 'malformed', reason: `${place} is not as a segment has it` });

/** Where the entry is wrong, or `null`. */
function faultOfEntry(entry: unknown): string | null {
  if (!isObject(entry)) return '';
  const { partition, replica, ops, forgotten, lineage, merged, severalHosts } = entry;
  if (!Number.isInteger(partition) || (partition as number) < 0 || (partition as number) >= PARTITION_COUNT) {
    return '.partition';
  }
  if (typeof replica !== 'string' || replica === '') return '.replica';
  if (lineage !== undefined && (typeof lineage !== 'string' || lineage === '')) return '.lineage';
  if (severalHosts !== undefined && severalHosts !== true) return '.severalHosts';
  const saysMore = [forgotten, lineage, merged, severalHosts].some((more) => more !== undefined);
  if (!Array.isArray(ops) || (ops.length === 0 && !saysMore)) return '.ops';
  let lastSeq = 0;
  for (let i = 0; i < ops.length; i++) {
    const pair: unknown = ops[i];
    if (!Array.isArray(pair) || pair.length !== 2) return `.ops[${i}]`;
    const [op, verdict] = pair as [unknown, unknown];
    if (!isWireOpOutline(op)) return `.ops[${i}][0]`;
    // PI-11: a replica's ops reach a partition in sequence order, so anything else was not written by us.
    const seq = op[0];
    if (seq <= lastSeq) return `.ops[${i}][0][0]`;
    lastSeq = seq;
    if (!isVerdict(verdict)) return `.ops[${i}][1]`;
  }
  if (merged !== undefined && !isMergedOutline(merged)) return '.merged';
  return forgotten === undefined ? null : faultOfForgotten(forgotten);
}

const isMergedOutline = (merged: unknown): boolean =>
  Array.isArray(merged) &&
  merged.length > 0 &&
  merged.every((each: unknown) => {
    if (!Array.isArray(each) || each.length !== 3) return false;
    const [map, key, record] = each as readonly unknown[];
    return typeof map === 'string' && typeof key === 'string' && Array.isArray(record);
  });

function faultOfForgotten(forgotten: unknown): string | null {
  if (!isObject(forgotten)) return '.forgotten';
  const { through, marks } = forgotten;
  if (!Number.isSafeInteger(through) || (through as number) < 1) return '.forgotten.through';
  if (!Array.isArray(marks) || marks.length === 0) return '.forgotten.marks';
  for (let i = 0; i < marks.length; i++) {
    const mark: unknown = marks[i];
    const isMark = Array.isArray(mark) && (mark.length === 3 || mark.length === 4);
    if (!isMark || !mark.every((part) => typeof part === 'string')) return `.forgotten.marks[${i}]`;
  }
  return null;
}

const WITH_PAYLOAD: ReadonlySet<unknown> = new Set(['c', 'r', 'p', 'a', 'x', 'n']);

function isWireOpOutline(op: unknown): op is [number, ...unknown[]] {
  if (!Array.isArray(op) || op.length < 5 || op.length > 7) return false;
  const [seq, stamp, map, key, kind, fields] = op as unknown[];
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return false;
  if (typeof stamp !== 'string' || typeof map !== 'string' || typeof key !== 'string') return false;
  if (kind === 'd') return op.length === 5;
  return WITH_PAYLOAD.has(kind) && (fields === undefined || Array.isArray(fields));
}

function isVerdict(verdict: unknown): boolean {
  if (verdict === APPLIED || verdict === SUPERSEDED) return true;
  return (
    Array.isArray(verdict) && verdict.length === 2 && typeof verdict[0] === 'string' && typeof verdict[1] === 'string'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
