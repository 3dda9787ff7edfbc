/** Code that is fetched when it is needed: at hand at once after that, for every client of the page. What could not be had is asked for again. */
export function fetchedOnce<T>(fetch: () => Promise<T>): () => Promise<T> {
  let code: T | null = null;
  return async () => (code ??= await fetch());
}
