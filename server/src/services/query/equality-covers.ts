import type { Literal, Path, Predicate } from '@topgun/core/query';

/** A place in a record, and the values of which it must hold one. */
export interface Demand {
  readonly path: Path;
  readonly values: readonly Literal[];
}

/** Every row that matches meets one of these demands at least. With none of them, no row matches. */
export type Cover = readonly Demand[];

/** What lists more values than this is looked at one by one: each of them costs the server more than the client who names it. */
export const MAX_COVER_VALUES = 100;

/**
 * PI-8: what equality a condition demands, in each of the ways that are enough by themselves: of `a = 1 and b in (2, 3)` one cover is
 * `a = 1`, another is `b in (2, 3)`. Empty: any row might match. Pure.
 */
export function coversOf(where: Predicate): readonly Cover[] {
  switch (where.type) {
    case 'eq':
      return [[{ path: where.path, values: [where.value] }]];
    case 'in':
      return where.values.length > MAX_COVER_VALUES ? [] : [[{ path: where.path, values: where.values }]];
    case 'and':
      return where.of.flatMap(coversOf);
    case 'or':
      return unionOf(where.of);
    default:
      return [];
  }
}

/** One way that holds for all the parts together, when each of them has one. */
function unionOf(parts: readonly Predicate[]): readonly Cover[] {
  const union: Demand[] = [];
  let values = 0;
  for (const part of parts) {
    const [first, ...others] = coversOf(part);
    if (first === undefined) return [];
    const least = others.reduce((best, cover) => (valuesOf(cover) < valuesOf(best) ? cover : best), first);
    values += valuesOf(least);
    if (values > MAX_COVER_VALUES) return [];
    union.push(...least);
  }
  return [union];
}

const valuesOf = (cover: Cover): number => cover.reduce((sum, { values }) => sum + values.length, 0);
