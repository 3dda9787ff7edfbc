import { isPlainObject, setOwn, type Value } from '../primitives/index.js';
import type { MapAccess } from './access.js';
import { holds } from './condition.js';

/**
 * PI-9: what is seen of a value that a record has, or had; `undefined`: nothing. As `Visibility.see`, for a value of which the record is not at hand.
 * Only a record shows a plain object, so that is what has fields.
 */
export function seenValue(access: MapAccess, map: string, key: string, value: Value): Value | undefined {
  if (!holds(access.actions.read, map, key, value, 'run')) return undefined;
  if (!isPlainObject(value)) return value;
  const fields = value as { readonly [name: string]: Value };
  const isHidden = (name: string): boolean => access.fields.get(name)?.isReadable === false;
  const names = Object.keys(fields);
  if (!names.some(isHidden)) return value;
  const left: Record<string, Value> = {};
  for (const name of names) if (!isHidden(name)) setOwn(left, name, fields[name]!);
  return left;
}
