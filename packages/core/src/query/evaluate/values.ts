import { assertNever, canonicalJson, decodeValue, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Literal, Path } from '../query.js';

/** Whether there is a value, and the constant is it. */
export function same(value: Value | undefined, literal: Literal): boolean {
  return value !== undefined && canonicalJson(value) === canonicalJson(plain(literal));
}

export function plain(literal: Literal): Value {
  if (literal === null || typeof literal !== 'object') return literal;
  const decoded = decodeValue(JSON.parse(literal.json));
  if (!decoded.ok) throw new Error(`not a literal: ${literal.json}`);
  return decoded.value;
}

export function place(path: Path, entry: Entry): Value | undefined {
  if (path.length === 1 && path[0] === '_key') return entry.key;
  let value: Value | undefined = entry.value;
  for (const field of path) {
    if (kindOf(value) !== 'object') return undefined;
    const fields: ReadonlyMap<string, Value> = new Map(Object.entries(value as { [field: string]: Value }));
    value = fields.get(field);
  }
  return value;
}

export type Kind = (typeof KINDS)[number];

/** The kinds of value in their order. */
const KINDS = ['missing', 'null', 'boolean', 'number', 'string', 'bytes', 'array', 'object'] as const;

export function kindOf(value: Value | undefined): Kind {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'array' : 'object';
}

export function inOrder(a: Value | undefined, b: Value | undefined): number {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return KINDS.indexOf(kind) - KINDS.indexOf(kindOf(b));
  switch (kind) {
    case 'missing':
    case 'null':
      return 0;
    case 'boolean':
    case 'number':
      return Number(a) - Number(b);
    case 'string':
      return textOrder(a as string, b as string);
    case 'bytes':
      return listOrder([...(a as Uint8Array)], [...(b as Uint8Array)]);
    case 'array':
      return listOrder(a as readonly Value[], b as readonly Value[]);
    case 'object':
      return listOrder(fieldList(a), fieldList(b));
    default:
      return assertNever(kind);
  }
}

/** The fields of an object by name, flattened to name, value, name, value … */
function fieldList(value: Value | undefined): Value[] {
  const fields = Object.entries(value as { [field: string]: Value });
  return fields.sort(([a], [b]) => textOrder(a, b)).flatMap(([name, field]) => [name, field]);
}

function listOrder(a: readonly Value[], b: readonly Value[]): number {
  const differs = a.findIndex((value, i) => i >= b.length || inOrder(value, b[i]) !== 0);
  if (differs === -1) return a.length - b.length;
  return differs >= b.length ? 1 : inOrder(a[differs], b[differs]);
}

export function textOrder(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
