import { isPlainObject, setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { KEY_FIELD } from '../query.js';

/** A row as it stands in another one: its fields and its key; a record that is no object stands beside its key. */
export function relatedValue({ key, value }: Entry): PlainObject {
  return withFields(isPlainObject(value) ? value : { value }, [[KEY_FIELD, key]]);
}

/** The object with these fields set, in a new object. */
export function withFields(object: PlainObject, fields: Iterable<readonly [name: string, value: Value]>): PlainObject {
  const copy: Record<string, unknown> = { ...object };
  for (const [name, value] of fields) setOwn(copy, name, value);
  return copy as PlainObject;
}
