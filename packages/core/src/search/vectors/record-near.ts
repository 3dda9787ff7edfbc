import type { Value } from '../../primitives/index.js';
import type { SearchDefinition } from '../search-definition.js';
import type { SearchQuery } from '../search-query.js';
import { COSINE_SCALE, Direction, inverseLength } from './cosine.js';
import { compileVector } from './read-vector.js';

/** How near a record is to what is searched for, as an index would say, found out without one; `null` where it has no vector, or none is searched for. */
export function compileSimilarity(
  { vectors }: SearchDefinition,
  { vector }: SearchQuery,
): (key: string, value: Value) => number | null {
  if (vector === null) return () => null;
  const direction = new Direction(vector);
  const vectorOf = compileVector(vectors);
  return (key, value) => {
    const own = vectorOf(key, value);
    return own === null ? null : direction.millionths(own, 0, inverseLength(own)) / COSINE_SCALE;
  };
}
