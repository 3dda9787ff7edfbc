import type { Value } from '../../packages/core/src/primitives/index.js';
import { fieldsOf } from './queries.js';

/** What each record showed at each position of the ledger. */
export interface ShownValues {
  note(map: string, key: string, position: number, value: Value | undefined): void;
  at(map: string, key: string, position: number): Value | undefined;
  /** The records that ever showed this text in a field. */
  placesOf(text: string): Iterable<readonly [map: string, key: string]>;
  /** The ledger is another. */
  startOver(): void;
}

interface Place {
  readonly name: readonly [map: string, key: string];
  /** Rising; of one position the last one counts. */
  readonly values: { readonly position: number; readonly value: Value | undefined }[];
}

export function createShownValues(): ShownValues {
  const places = new Map<string, Place>();
  const byText = new Map<string, Set<Place>>();

  function noteTexts(place: Place, value: Value): void {
    for (const text of Object.values(fieldsOf(value))) {
      if (typeof text !== 'string') continue;
      const known = byText.get(text);
      if (known === undefined) byText.set(text, new Set([place]));
      else known.add(place);
    }
  }

  return {
    note(map, key, position, value) {
      const id = `${map}\0${key}`;
      let place = places.get(id);
      if (place === undefined) places.set(id, (place = { name: [map, key], values: [] }));
      place.values.push({ position, value });
      if (value !== undefined) noteTexts(place, value);
    },
    at: (map, key, position) =>
      places.get(`${map}\0${key}`)?.values.findLast(({ position: from }) => from <= position)?.value,
    *placesOf(text) {
      for (const { name } of byText.get(text) ?? []) yield name;
    },
    startOver() {
      places.clear();
      byText.clear();
    },
  };
}
