import { sameValue } from '../primitives/same-value.js';
import { isPlainObject, type Value } from '../primitives/value.js';
import type { MapResolvers } from './define-resolvers.js';
import { SCALAR_FIELD } from './materialize.js';
import type { FieldWrite, OpBody } from './op.js';
import { resolvedFields } from './resolve-op.js';

/**
 * RS-5: the write as the resolvers would have it over what shows here; `null`: nothing is left of it. What they refuse is written as it is: this device may
 * not know the latest, and the server decides. Pure.
 */
export function previewWrite(resolvers: MapResolvers, shown: Value | undefined, body: OpBody): OpBody | null {
  if (shown === undefined || body.kind !== 'patch') return body;
  const fields =
    resolvers.record === undefined
      ? previewFields(resolvers, shown, body.fields)
      : resolvedFields(resolvers.record, shown, body.fields);
  if (fields === null) return body;
  return fields.length === 0 && body.ttlMs === undefined ? null : { ...body, fields };
}

/** `null`: it is refused. */
function previewFields(
  { fields = {} }: MapResolvers,
  shown: Value,
  writes: readonly FieldWrite[],
): readonly FieldWrite[] | null {
  const resolved: FieldWrite[] = [];
  for (const write of writes) {
    const { name, value } = write;
    const resolver = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const current = ownField(shown, name);
    if (resolver === undefined || current === undefined) {
      resolved.push(write);
      continue;
    }
    const resolution = resolver.resolve(current, value ?? current);
    if (resolution.type === 'refused') return null;
    if (!sameValue(resolution.value, current)) resolved.push({ name, value: resolution.value });
  }
  return resolved;
}

function ownField(shown: Value, name: string): Value | undefined {
  if (!isPlainObject(shown)) return name === SCALAR_FIELD ? shown : undefined;
  return Object.hasOwn(shown, name) ? shown[name] : undefined;
}
