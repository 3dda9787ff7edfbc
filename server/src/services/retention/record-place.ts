/** Where a record is. */
export interface RecordPlace {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
}

/** The same text for the same place, and for no other: map names hold no NUL. */
export const placeText = (partition: number, map: string, key: string): string => `${partition}\0${map}\0${key}`;

export function parsePlace(text: string): RecordPlace {
  const mapAt = text.indexOf('\0') + 1;
  const keyAt = text.indexOf('\0', mapAt) + 1;
  return { partition: Number(text.slice(0, mapAt - 1)), map: text.slice(mapAt, keyAt - 1), key: text.slice(keyAt) };
}
