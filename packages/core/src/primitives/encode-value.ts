import { decodeBase64url, encodeBase64url } from './base64url.js';
import { pathText, type ValueError } from './check-value.js';
import { err, ok, type Result } from './result.js';
import { isBytes, isPlainObject, MAX_VALUE_DEPTH, setOwn, type PlainObject, type Value } from './value.js';

/** What `JSON.stringify` writes and `JSON.parse` gives back. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [field: string]: JsonValue };

/**
 * A value as JSON: bytes become `{"$bytes": base64url}`, and an object whose only key begins with `$` gets one more `$`
 * in front of it, so the two cannot be confused. What needs no change is returned as it is.
 */
export function encodeValue(value: Value): JsonValue {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return encodeArray(value);
  if (isBytes(value)) return { $bytes: encodeBase64url(value) };
  return encodeObject(value);
}

function encodeArray(array: readonly Value[]): JsonValue {
  let copy: JsonValue[] | null = null;
  for (let i = 0; i < array.length; i += 1) {
    const encoded = encodeValue(array[i]!);
    if (copy === null && encoded !== array[i]) copy = array.slice(0, i) as JsonValue[];
    copy?.push(encoded);
  }
  return copy ?? (array as readonly JsonValue[]);
}

function encodeObject(object: PlainObject): JsonValue {
  const names = Object.keys(object);
  const escape = names.length === 1 && names[0]!.startsWith('$');
  let changed = escape;
  const copy: Record<string, JsonValue> = {};
  for (const name of names) {
    const encoded = encodeValue(object[name]!);
    if (encoded !== object[name]) changed = true;
    setOwn(copy, escape ? `$${name}` : name, encoded);
  }
  return changed ? copy : (object as { readonly [field: string]: JsonValue });
}

/** The inverse, for what arrived from elsewhere: anything {@link encodeValue} could not have written is a typed error. */
export function decodeValue(json: unknown): Result<Value, ValueError> {
  if (typeof json === 'string' || typeof json === 'boolean') return ok(json);
  if (typeof json === 'number' && Number.isFinite(json)) return ok(json === 0 ? 0 : json);
  const decoding: Decoding = { error: null, path: [] };
  const value = decode(json, decoding);
  return decoding.error === null ? ok(value) : err(decoding.error);
}

interface Decoding {
  error: ValueError | null;
  readonly path: (string | number)[];
}

function decode(json: unknown, decoding: Decoding): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      if (!Number.isFinite(json)) return refuse(decoding, 'not-a-value', `${json} is not a finite number`);
      return json === 0 ? 0 : json;
    case 'object':
      if (json === null) return null;
      if (decoding.path.length >= MAX_VALUE_DEPTH && !isEncodedBytes(json)) {
        return refuse(decoding, 'too-deep', `values nest at most ${MAX_VALUE_DEPTH} levels deep`);
      }
      if (Array.isArray(json)) return decodeArray(json, decoding);
      if (isPlainObject(json)) return decodeObject(json, decoding);
      return refuse(decoding, 'not-a-value', 'only JSON is expected here');
    default:
      return refuse(decoding, 'not-a-value', `${typeof json} is not JSON`);
  }
}

function decodeArray(array: readonly unknown[], decoding: Decoding): Value {
  let copy: Value[] | null = null;
  for (let i = 0; i < array.length; i += 1) {
    decoding.path.push(i);
    const value = decode(array[i], decoding);
    decoding.path.pop();
    if (decoding.error !== null) return null;
    if (copy === null && !Object.is(value, array[i])) copy = array.slice(0, i) as Value[];
    copy?.push(value);
  }
  return copy ?? (array as readonly Value[]);
}

function decodeObject(object: PlainObject, decoding: Decoding): Value {
  const names = Object.keys(object);
  const only = names.length === 1 ? names[0]! : '';
  if (only.startsWith('$')) return decodeMarked(only, object[only], decoding);
  let copy: Record<string, Value> | null = null;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i]!;
    decoding.path.push(name);
    const value = decode(object[name], decoding);
    decoding.path.pop();
    if (decoding.error !== null) return null;
    if (copy === null && !Object.is(value, object[name])) {
      copy = {};
      for (const earlier of names.slice(0, i)) setOwn(copy, earlier, object[earlier]);
    }
    if (copy !== null) setOwn(copy, name, value);
  }
  return copy ?? object;
}

function decodeMarked(name: string, inner: unknown, decoding: Decoding): Value {
  if (name.startsWith('$$')) {
    decoding.path.push(name);
    const copy: Record<string, Value> = {};
    setOwn(copy, name.slice(1), decode(inner, decoding));
    decoding.path.pop();
    return copy;
  }
  const bytes = name === '$bytes' && typeof inner === 'string' ? decodeBase64url(inner) : err('not-base64url');
  if (bytes.ok) return bytes.value;
  return refuse(
    decoding,
    'not-a-value',
    `an object with the single key ${JSON.stringify(name)} must be bytes or escaped`,
  );
}

const isArray = (value: Value): value is readonly Value[] => Array.isArray(value);

const isEncodedBytes = (json: object): boolean =>
  typeof (json as { $bytes?: unknown }).$bytes === 'string' && Object.keys(json).length === 1;

function refuse(decoding: Decoding, code: ValueError['code'], message: string): null {
  decoding.error ??= { code, path: pathText(decoding.path), message };
  return null;
}
