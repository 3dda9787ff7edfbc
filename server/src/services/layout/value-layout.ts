import { canonicalJson, decodeValue, isWellFormed, type Value } from '@topgun/core/primitives';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const UNSET = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
/** Whatever is nested, and bytes: canonical JSON. */
const JSON_TEXT = 6;

/** A tag, and what it takes. */
export function writeValue(writer: ByteWriter, value: Value | undefined): void {
  switch (typeof value) {
    case 'undefined':
      return writer.u8(UNSET);
    case 'boolean':
      return writer.u8(value ? TRUE : FALSE);
    case 'number':
      writer.u8(NUMBER);
      return writer.f64(value === 0 ? 0 : value);
    case 'string':
      writer.u8(TEXT);
      return writer.text(value);
    case 'object':
      if (value === null) return writer.u8(NULL);
      writer.u8(JSON_TEXT);
      return writer.text(canonicalJson(value));
    default:
      throw new TypeError(`a ${typeof value} is no value`);
  }
}

export function readValue(reader: ByteReader): Value | undefined {
  switch (reader.u8()) {
    case UNSET:
      return undefined;
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case NUMBER:
      return number(reader);
    case TEXT:
      return reader.text();
    case JSON_TEXT:
      return nested(reader);
    default:
      reader.refuse('this is no value');
      return undefined;
  }
}

function number(reader: ByteReader): number {
  const value = reader.f64();
  if (!Number.isFinite(value) || Object.is(value, -0)) reader.refuse('this is no number');
  return value;
}

function nested(reader: ByteReader): Value {
  const text = reader.text();
  if (reader.fault !== null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    reader.refuse('this is no JSON');
    return null;
  }
  const decoded = decodeValue(json);
  const isNested = decoded.ok && typeof decoded.value === 'object' && decoded.value !== null;
  if (!isNested || !isWellFormed(text) || canonicalJson(decoded.value) !== text) {
    reader.refuse('a value is not in its own form');
    return null;
  }
  return decoded.value;
}
