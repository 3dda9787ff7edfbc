/** What is made at the first call, and given at each one after it: what few need costs nobody else anything when its module is run. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
