import { SCALAR_FIELD, VERSION_FIELD, type LwwRecord } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { KEY_FIELD, readField, type Path } from '../query/index.js';

/** The registers of a record, which shows an object. */
export type Fields = LwwRecord['fields'];

export type FieldsTest = (key: string, fields: Fields) => boolean;

/** Whether what shows of a record that is visible is an object, each of whose fields is the value of its register. Pure. */
export const showsFields = ({ existence, fields }: LwwRecord): boolean =>
  existence?.op === 'create' && fields.get(SCALAR_FIELD)?.value === undefined;

/** Reads one place of what shows of such a record, without making the rest. */
export function compileFieldPath([first, ...rest]: Path): (key: string, fields: Fields) => Value | undefined {
  if (first === undefined || first === SCALAR_FIELD || first === VERSION_FIELD) return () => undefined;
  if (rest.length === 0) {
    return first === KEY_FIELD ? (key) => key : (_key, fields) => fields.get(first)?.value;
  }
  return (_key, fields) => {
    let place = fields.get(first)?.value;
    for (let i = 0; i < rest.length && place !== undefined; i += 1) place = readField(place, rest[i]!);
    return place;
  };
}
