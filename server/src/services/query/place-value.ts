import type { Value } from '@topgun/core/primitives';
import { KEY_FIELD, type Path } from '@topgun/core/query';

/** What a record holds at a place, as conditions read it (QU-1); `undefined`: nothing. For the key alone `value` is not called. */
export function placeValue(path: Path, key: string, value: () => Value | undefined): Value | undefined {
  if (isKeyPath(path)) return key;
  let place = value();
  for (const name of path) {
    // Own fields of plain objects only: nothing is within arrays and bytes.
    if (typeof place !== 'object' || place === null || Array.isArray(place) || ArrayBuffer.isView(place))
      return undefined;
    place = Object.hasOwn(place, name) ? (place as { readonly [field: string]: Value })[name] : undefined;
  }
  return place;
}

export const isKeyPath = (path: Path): boolean => path.length === 1 && path[0] === KEY_FIELD;
