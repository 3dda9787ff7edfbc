import { decodeValue } from '../primitives/encode-value.js';
import { setOwn, type PlainObject, type Value } from '../primitives/value.js';
import { SCALAR_FIELD, VERSION_FIELD } from './materialize.js';

/** A record of plain fields, without an end. */
const PLAIN_LENGTH = 4;
const CREATED = 1;

/**
 * What shows of a record, from its wire form: the value that `materialize` makes of what `decodeRecord` reads, and no record on the way. `undefined`: it is none of plain
 * fields, or has an end, and has to be read. For whoever has written it: stamps are not looked at.
 */
export function wireValue(wire: unknown): PlainObject | undefined {
  if (!Array.isArray(wire) || wire.length !== PLAIN_LENGTH || wire[1] !== CREATED) return undefined;
  const fields = wire[3] as unknown;
  if (!Array.isArray(fields)) return undefined;
  const object: Record<string, Value> = {};
  for (const field of fields as readonly unknown[]) {
    if (!Array.isArray(field)) return undefined;
    const [name, , json] = field as readonly unknown[];
    if (typeof name !== 'string') return undefined;
    // An unset register.
    if (field.length === 2) continue;
    if (name === SCALAR_FIELD) return undefined;
    if (name === VERSION_FIELD) continue;

    if (typeof json === 'string') {
      setOwn(object, name, json);
      continue;
    }
    const value = decodeValue(json);
    if (!value.ok) return undefined;
    setOwn(object, name, value.value);
  }
  return object;
}
