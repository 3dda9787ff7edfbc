import { canonicalJson, decodeValue, type Value } from '../primitives/index.js';
import type { Literal } from './query.js';

/** The constant itself. Throws on text that is not an encoded value, which a checked query does not hold. */
export function literalValue(literal: Literal): Value {
  if (isScalar(literal)) return literal;
  const value = decodeValue(JSON.parse(literal.json));
  if (!value.ok) throw new Error(`a query holds a broken literal: ${value.error.message}`);
  return value.value;
}

export function isScalar(literal: Literal): literal is Exclude<Literal, { readonly json: string }> {
  return typeof literal !== 'object' || literal === null;
}

/** A value that is one already as a constant. */
export function valueToLiteral(value: Value): Literal {
  return typeof value === 'object' && value !== null ? { json: canonicalJson(value) } : value;
}
