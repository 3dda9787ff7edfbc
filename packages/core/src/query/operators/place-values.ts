import { setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import type { Path } from '../query.js';

type Fields = Record<string, unknown>;

/** An object with each value at its path; `undefined` leaves its place out. No path begins with another one. */
export function placeValues(paths: readonly Path[], values: readonly (Value | undefined)[]): PlainObject {
  const object: Fields = {};
  for (const [i, path] of paths.entries()) {
    const value = values[i];
    if (value === undefined) continue;
    let place = object;
    for (const field of path.slice(0, -1)) {
      if (!Object.hasOwn(place, field)) setOwn(place, field, {});
      place = place[field] as Fields;
    }
    setOwn(place, path.at(-1) as string, value);
  }
  return object as PlainObject;
}
