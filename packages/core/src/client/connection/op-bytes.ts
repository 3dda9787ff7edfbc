import { opToWire, type Op } from '../../crdt/index.js';
import { isBytes, utf8Length, type Value } from '../../primitives/index.js';

/** Sequence, stamp, kind, expiry, brackets. */
const FRAME_BYTES = 160;
/** A code unit is at most `\uXXXX`. */
const BYTES_PER_UNIT = 6;

/**
 * An upper bound of the op's bytes on the wire, cheap for the small ops that nearly all are; beyond a quarter of `budget` the
 * exact figure, so that only an op that really is too large counts as such.
 */
export function opBytes(op: Op, budget: number): number {
  let bound = FRAME_BYTES + (op.map.length + op.key.length) * BYTES_PER_UNIT;
  if ('fields' in op) {
    for (const { name, value } of op.fields) {
      bound += name.length * BYTES_PER_UNIT + 8;
      if (value !== undefined) bound += valueBound(value);
    }
  }
  if ('tags' in op) {
    bound += valueBound(op.value);
    for (const tag of op.tags) bound += tag.length + 3;
  }
  return bound <= budget / 4 ? bound : utf8Length(JSON.stringify(opToWire(op))) + 1;
}

function valueBound(value: Value): number {
  if (typeof value === 'string') return value.length * BYTES_PER_UNIT + 3;
  if (typeof value !== 'object' || value === null) return 32;
  if (isBytes(value)) return Math.ceil(value.length / 3) * 4 + 16;
  let bound = 8;
  if (Array.isArray(value)) {
    for (const item of value as readonly Value[]) bound += valueBound(item) + 1;
    return bound;
  }
  for (const [name, item] of Object.entries(value)) {
    bound += name.length * BYTES_PER_UNIT + 4 + valueBound(item);
  }
  return bound;
}
