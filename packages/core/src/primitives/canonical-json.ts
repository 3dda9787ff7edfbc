import { encodeValue, type JsonValue } from './encode-value.js';
import type { Value } from './value.js';

/** The one JSON text of a value: keys sorted by code unit, no spaces, bytes and escapes as {@link encodeValue} writes them. */
export function canonicalJson(value: Value): string {
  return canonicalText(encodeValue(value));
}

/** The same of what is JSON already. */
export function canonicalText(json: JsonValue): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isArray(json)) return `[${json.map(canonicalText).join(',')}]`;
  const names = Object.keys(json).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(json[name]!)}`).join(',')}}`;
}

const isArray = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json);
