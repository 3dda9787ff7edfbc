/** What the indexes of all maps may take together, about. */
export const MAX_INDEX_BYTES = 256 * 1024 * 1024;

/** What has indexes. */
export interface Indexed {
  readonly indexBytes: number;
  /** Lets go of indexes, those not used for longest first, until the rest takes no more than this. */
  dropIndexes(maxBytes: number): void;
}

/** PI-8: lets go of indexes when all take more than this, of the first maps first. What is missed then is made again. */
export function trimIndexes(maps: Iterable<Indexed>, maxBytes: number): void {
  const all = [...maps];
  let excess = all.reduce((sum, { indexBytes }) => sum + indexBytes, 0) - maxBytes;
  for (const indexed of all) {
    if (excess <= 0) return;
    const { indexBytes } = indexed;
    if (indexBytes === 0) continue;
    indexed.dropIndexes(Math.max(0, indexBytes - excess));
    excess -= indexBytes - indexed.indexBytes;
  }
}
