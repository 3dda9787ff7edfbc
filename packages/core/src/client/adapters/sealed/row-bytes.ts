import { type Bytes, toBytes, toText } from './sealing.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Shorter ones are not worth a place of their own. */
const LONG = 64;
/** Half of a character, which no UTF-8 has. */
const HALF = /\p{Surrogate}/u;

/**
 * What a row holds as bytes: JSON that says what there is, then all long texts one after the other as they are. Those are JSON themselves, which would be
 * a quarter longer as text within JSON. In it a long text is `[its length]`, and a list is `[0, …]`.
 *
 * @throws TypeError on what rows do not hold
 */
export function packRow(fields: Fields): Bytes {
  const texts: string[] = [];
  const placed = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (value.length < LONG || HALF.test(value)) return value;
      texts.push(value);
      return [value.length];
    }
    if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return [0, ...value.map(placed)];
    if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) {
      throw new TypeError('A row holds texts, numbers, flags, lists and objects of these.');
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, placed(each)]));
  };
  const head = JSON.stringify(placed(fields));
  return toBytes(`${head}\n${texts.join('')}`);
}

/** What `packRow` was given. @throws when it is not what that gives */
export function unpackRow(bytes: Bytes): Fields {
  const whole = toText(bytes);
  let at = whole.indexOf('\n') + 1;
  const found = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const [length, ...items] = value as readonly unknown[];
      if (length === 0) return items.map(found);
      const from = at;
      at += length as number;
      return whole.slice(from, at);
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, found(each)]));
  };
  return found(JSON.parse(whole.slice(0, at - 1))) as Fields;
}
