/** What the indexes of all maps may take together, about. */
export const MAX_INDEX_BYTES = 256 * 1024 * 1024;

/** What has indexes. */
export interface Indexed {
  readonly indexBytes: number;
  dropIndexes(): void;
}

/** PI-8: lets go of all indexes when they take more than this. Those that are missed are made again, and the others not. */
export function trimIndexes(maps: Iterable<Indexed>, maxBytes = MAX_INDEX_BYTES): void {
  const all = [...maps];
  const bytes = all.reduce((sum, { indexBytes }) => sum + indexBytes, 0);
  if (bytes > maxBytes) for (const indexed of all) indexed.dropIndexes();
}
