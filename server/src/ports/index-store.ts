/**
 * SE-46: where search indexes are kept while nobody searches, or the server is down. A place for what can be made again: nothing is lost with it, and what it gives is never trusted. One contract
 * suite (`index-store.contract.ts`) runs against every driver.
 */
export interface IndexStore {
  /** The parts that were written under the name last, in order; none: there is nothing. Throws when they cannot be read. */
  read(name: IndexName): AsyncIterable<string>;
  /** Puts these in the place of all that was written of the subject, when the last of them is there: what throws in between leaves what there was. */
  write(name: IndexName, parts: AsyncIterable<string>): Promise<void>;
}

export interface IndexName {
  /** What it is an index of. Of one subject one is kept. */
  readonly subject: string;
  /** What it is good for: one of another kind is not read. Both are hexadecimal digits. */
  readonly kind: string;
}
