import type { Value } from '../primitives/index.js';
import { KEY_FIELD, type Path } from './query.js';

/** Reads one place of a row; `undefined` when the row has no such place. */
export type PathReader = (key: string, value: Value) => Value | undefined;

/** Own fields of plain objects only: a prototype's members and the parts of arrays and bytes are missing. */
export function readField(value: Value | undefined, field: string): Value | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return undefined;
  return Object.hasOwn(value, field) ? (value as { [field: string]: Value })[field] : undefined;
}

/** Takes the path apart once, so that reading a row allocates nothing. */
export function compilePath(path: Path): PathReader {
  const [first, ...rest] = path;
  if (first === undefined) return (_key, value) => value;
  if (rest.length === 0) {
    if (first === KEY_FIELD) return (key) => key;
    return (_key, value) => readField(value, first);
  }
  return (_key, value) => {
    let place = readField(value, first);
    for (let i = 0; i < rest.length && place !== undefined; i++) {
      place = readField(place, rest[i] as string);
    }
    return place;
  };
}
