import { SCALAR_FIELD } from '../crdt/index.js';
import { isPlainObject, sameValue, type Value } from '../primitives/index.js';

/** What a write would name to make one of the other: what differs (CR-4). */
export function changedFields(before: Value | undefined, after: Value): readonly string[] {
  const old = before ?? {};
  if (!isPlainObject(old) || !isPlainObject(after)) return [SCALAR_FIELD];
  const names = new Set([...Object.keys(old), ...Object.keys(after)]);
  return [...names].filter((name) => {
    const [was, is] = [old, after].map((value) => (Object.hasOwn(value, name) ? (value[name] as Value) : undefined));
    return was === undefined || is === undefined ? was !== is : !sameValue(was, is);
  });
}
