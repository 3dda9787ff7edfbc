import type { MapSchema } from './map-schema.js';

/**
 * Whether records of the map can have something at a path, as its validator tells: by Standard JSON Schema, or by the fields that objects of zod and valibot name. True where
 * that cannot be told, and where what the validator does not name is kept.
 */
export function hasField({ type, unknown, validator }: MapSchema, path: readonly string[]): boolean {
  if (type !== 'record' || validator === null || unknown === 'keep') return true;
  const json = jsonSchemaOf(validator);
  return json === null ? memberHas(validator, path) : jsonHas(json, json, path, MAX_DEPTH);
}

type Node = { readonly [member: string]: unknown };

/** References may go in circles. */
const MAX_DEPTH = 64;

function jsonSchemaOf(validator: NonNullable<MapSchema['validator']>): Node | null {
  const { jsonSchema } = validator['~standard'] as { readonly jsonSchema?: { readonly output?: unknown } };
  if (typeof jsonSchema?.output !== 'function') return null;
  try {
    const json: unknown = jsonSchema.output({ target: 'draft-2020-12' });
    return isNode(json) ? json : null;
  } catch {
    // What it makes is nothing that JSON has.
    return null;
  }
}

function jsonHas(node: unknown, root: Node, path: readonly string[], depth: number): boolean {
  const [field, ...rest] = path;
  if (field === undefined || depth === 0 || !isNode(node)) return true;
  const next = (to: unknown, on = path): boolean => jsonHas(to, root, on, depth - 1);
  if (typeof node['$ref'] === 'string') return next(referred(root, node['$ref']));
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((name) =>
    Array.isArray(node[name]) ? (node[name] as unknown[]) : [],
  );
  const { properties, additionalProperties, type } = node;
  if (isNode(properties) && Object.hasOwn(properties, field)) return next(properties[field], rest);
  if (parts.length > 0) return parts.some((part) => next(part));
  if (isNode(additionalProperties)) return next(additionalProperties, rest);
  if (additionalProperties === true || node['patternProperties'] !== undefined) return true;
  // A text has no fields; of an object without any that are named nothing is known.
  return isNode(properties) ? false : additionalProperties !== false && !SCALARS.has(type);
}

const SCALARS: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array']);

/** JSON pointers within the document, as those who make JSON Schemas write them. Of other documents, and of anchors, nothing is known. */
function referred(root: Node, reference: string): unknown {
  const [document, ...names] = reference.split('/');
  if (document !== '#') return undefined;
  let at: unknown = root;
  for (const name of names) {
    const member = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isNode(at) && Object.hasOwn(at, member) ? at[member] : undefined;
  }
  return at;
}

/** Objects of `zod/mini` have `def.shape`, those of valibot `entries`; what is wrapped has `wrapped` or `innerType`. */
function memberHas(validator: unknown, path: readonly string[]): boolean {
  const [field, ...rest] = path;
  if (field === undefined || !isNode(validator)) return true;
  const def = isNode(validator['def']) ? validator['def'] : validator;
  const inner = def['innerType'] ?? def['wrapped'];
  if (inner !== undefined) return memberHas(inner, path);
  const shape = def['shape'] ?? def['entries'];
  // Others are kept, or looked at by something else.
  const isOpen = def['catchall'] !== undefined || def['type'] === 'loose_object' || def['type'] === 'object_with_rest';
  if (!isNode(shape) || (isOpen && !Object.hasOwn(shape, field))) return true;
  return Object.hasOwn(shape, field) && memberHas(shape[field], rest);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
