import { stampReplica } from '../clock/stamp.js';
import type { Stamp } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import { decodeValue } from '../primitives/encode-value.js';
import type { Value } from '../primitives/value.js';
import type { LwwRecord, Register } from './lww-record.js';
import type { AddOp, DiscardOp } from './op.js';
import { beats } from './record-merge.js';

/**
 * CR-6: an OR set as registers, so that it merges as any record does. There is one register per value and replica that added it, named
 * by the value's canonical JSON and the replica. Its stamp is the replica's latest add, the *tag*. Unset, the tag is live; a value
 * in it (the stamp of the op that did it) says that the tag was taken away. It is taken away at the tag's own stamp, where the
 * merge lets the greater encoding win: so the removal beats the very add it saw, in any order, and no later one.
 *
 * Bounded by values times the replicas that ever added them: adding again, however often, moves the one register on.
 */
export const MAX_SET_TAGS = 4_096;

/** The op's registers. */
export function setDelta(op: AddOp | DiscardOp): LwwRecord {
  const text = canonicalJson(op.value);
  const fields = new Map<string, Register>();
  const put = (tag: Stamp, value: Value | undefined): void => {
    const name = tagName(text, tag);
    const register: Register = { stamp: tag, value };
    if (beats(register, fields.get(name))) fields.set(name, register);
  };
  for (const tag of op.tags) put(tag, op.stamp);
  if (op.kind === 'add') put(op.stamp, undefined);
  return { existence: { stamp: op.stamp, op: 'set' }, floor: '', fields, expiry: null };
}

/** The live tags of a value. No value's text goes on after a space: what begins with it, and a space, is named by it. */
export function liveTags({ fields }: LwwRecord, value: Value): readonly Stamp[] {
  const prefix = `${canonicalJson(value)} `;
  const tags: Stamp[] = [];
  fields.forEach((register, name) => {
    if (isLive(register) && name.startsWith(prefix)) tags.push(register.stamp);
  });
  return tags;
}

/** How many registers a set has more with an add of `value` by `replica`: 0 or 1. */
export const isNewTag = ({ fields }: LwwRecord, value: Value, stamp: Stamp): boolean =>
  !fields.has(tagName(canonicalJson(value), stamp));

export function hasValues({ fields }: LwwRecord): boolean {
  for (const register of fields.values()) if (isLive(register)) return true;
  return false;
}

/** Each value once, in the order of their canonical JSON; `undefined` when there is none. */
export function setValues({ fields }: LwwRecord): readonly Value[] | undefined {
  const byText = new Map<string, Value>();
  for (const [name, register] of fields) {
    if (!isLive(register)) continue;
    const text = textOf(name);
    if (byText.has(text)) continue;
    const value = valueOf(text, register);
    if (value !== undefined) byText.set(text, value);
  }
  if (byText.size === 0) return undefined;
  return [...byText.keys()].sort().map((text) => byText.get(text)!);
}

/** The values of a set with this one added: the same array where it was among them. Costs one copy, and no look at most of them. */
export function withValue(values: readonly Value[], added: Value): readonly Value[] {
  const text = canonicalJson(added);
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const held = canonicalJson(values[middle]!);
    if (held === text) return values;
    if (held < text) low = middle + 1;
    else high = middle;
  }
  const after = values.slice();
  after.splice(low, 0, parse(text)!);
  return after;
}

/** Whether the tag counts, and `op` is the one that took it away. */
export const isRemovedBy = (record: LwwRecord, { value, stamp }: DiscardOp, tag: Stamp): boolean => {
  const register = record.fields.get(tagName(canonicalJson(value), tag));
  return register?.stamp === tag && register.value === stamp;
};

/** Whether the op's own tag is live. */
export const isLiveTag = (record: LwwRecord, { value, stamp }: AddOp): boolean => {
  const register = record.fields.get(tagName(canonicalJson(value), stamp));
  return register?.stamp === stamp && isLive(register);
};

const isLive = (register: Register): boolean => register.value === undefined;

/** No replica id holds a space. */
const tagName = (text: string, tag: Stamp): string => `${text} ${stampReplica(tag)}`;

const textOf = (name: string): string => name.slice(0, name.lastIndexOf(' '));

/** Registers do not change and live on from state to state, so each is read once. */
const read = new WeakMap<Register, Value>();

function valueOf(text: string, register: Register): Value | undefined {
  const known = read.get(register);
  if (known !== undefined) return known;
  const value = parse(text);
  if (value !== undefined) read.set(register, value);
  return value;
}

/** `undefined` for a name that no set has: what arrives is checked for its form alone. */
function parse(text: string): Value | undefined {
  try {
    const decoded = decodeValue(JSON.parse(text));
    return decoded.ok ? decoded.value : undefined;
  } catch {
    return undefined;
  }
}
