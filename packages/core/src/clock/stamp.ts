import type { ReplicaId, Stamp, Timestamp } from './timestamp.js';

const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

const digitOf = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 64; digit += 1) digitOf[ALPHABET.charCodeAt(digit)] = digit;

const MILLIS_DIGITS = 8;
const COUNTER_DIGITS = 3;
const REPLICA_AT = MILLIS_DIGITS + COUNTER_DIGITS;

const MAX_REPLICA = 64;
const DOT = '.'.charCodeAt(0);

export const MAX_MILLIS = 2 ** 48 - 1;
export const MAX_COUNTER = 2 ** 18 - 1;

export const REPLICA_PATTERN = /^[-.0-9A-Z_a-z]{1,64}$/;
export const STAMP_PATTERN = /^[-0-9A-Z_a-z]{11}[-.0-9A-Z_a-z]{1,64}$/;

/** True for 1 to 64 characters of `-0-9A-Z_a-z.`. */
export function isReplicaId(value: unknown): value is ReplicaId {
  return typeof value === 'string' && isReplicaFrom(value, 0);
}

/** True for every text {@link encodeStamp} can give, and no other. */
export function isStamp(value: unknown): value is Stamp {
  if (typeof value !== 'string' || !isReplicaFrom(value, REPLICA_AT)) return false;
  for (let i = 0; i < REPLICA_AT; i += 1) if (!(digitOf[value.charCodeAt(i)]! >= 0)) return false;
  return true;
}

/** CR-1. The parts must be within the ranges of {@link Timestamp}: anything else is a defect of the caller. */
export function encodeStamp({ millis, counter, replica }: Timestamp): Stamp {
  if (!inRange(millis, MAX_MILLIS) || !inRange(counter, MAX_COUNTER) || !isReplicaId(replica)) {
    throw new RangeError(`no timestamp: ${millis}, ${counter}, ${replica}`);
  }
  return (digits(millis, MILLIS_DIGITS) + digits(counter, COUNTER_DIGITS) + replica) as Stamp;
}

/** The stamp of `replica` with another counter, at the same wall time: what most stamps of a burst are. */
export function withCounter(stamp: Stamp, counter: number, replica: ReplicaId): Stamp {
  // The replica of a stamp is one.
  const isKnown = stamp.length === REPLICA_AT + replica.length && stamp.endsWith(replica);
  if (!inRange(counter, MAX_COUNTER) || (!isKnown && !isReplicaId(replica))) {
    throw new RangeError(`no timestamp: ${counter}, ${replica}`);
  }
  return (stamp.slice(0, MILLIS_DIGITS) + digits(counter, COUNTER_DIGITS) + replica) as Stamp;
}

/** What a stamp has in common with those that differ from it in the last digit of the counter alone. */
export const stampHead = (stamp: Stamp): string => stamp.slice(0, REPLICA_AT - 1);

/** The stamp that begins with that, of a counter that differs in its last digit alone. `replica` is the one whose stamp it was. */
export const withLastDigit = (head: string, counter: number, replica: ReplicaId): Stamp =>
  (head + ALPHABET[counter % 64]! + replica) as Stamp;

export function decodeStamp(stamp: Stamp): Timestamp {
  return { millis: stampMillis(stamp), counter: stampCounter(stamp), replica: stampReplica(stamp) };
}

/** Wall time of a stamp, in ms since 1970. */
export const stampMillis = (stamp: Stamp): number => numberAt(stamp, 0, MILLIS_DIGITS);

export const stampCounter = (stamp: Stamp): number => numberAt(stamp, MILLIS_DIGITS, REPLICA_AT);

/** Who made the stamp. */
export const stampReplica = (stamp: Stamp): ReplicaId => stamp.slice(REPLICA_AT) as ReplicaId;

/** CR-1: the total order. `<` and `>` on two stamps say the same. */
export function compareStamps(a: Stamp, b: Stamp): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// Not by the patterns, which say the same: to compile them takes longer than a page has for its first rows.
function isReplicaFrom(text: string, from: number): boolean {
  const length = text.length - from;
  if (length < 1 || length > MAX_REPLICA) return false;
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code !== DOT && !(digitOf[code]! >= 0)) return false;
  }
  return true;
}

const inRange = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;

function digits(value: number, count: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < count; i += 1) {
    text = ALPHABET[rest % 64]! + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}

function numberAt(stamp: Stamp, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) value = value * 64 + digitOf[stamp.charCodeAt(i)]!;
  return value;
}
