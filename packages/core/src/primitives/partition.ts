/** 64-bit xxHash (xxh64, seed 0) of UTF-8 text as an unsigned bigint. Made once, outside, from WebAssembly. */
export type Hash64 = (text: string) => bigint;

/** PI-5: fixed and published; changing it is a migration. */
export const PARTITION_COUNT = 271;

/** PI-5: the partition of a record, 0 … 270. No map name holds U+0000, so no two (map, key) share a text. */
export function partitionOf(hash: Hash64, map: string, key: string): number {
  return Number(hash(`${map}\u0000${key}`) % 271n);
}
