/** Reads chunk by chunk, each from the place where the one before it ended, until one is empty. */
export async function* inChunks<T, Place>(
  first: Place,
  read: (after: Place) => Promise<readonly T[]>,
  placeOf: (last: T) => Place,
): AsyncIterable<readonly T[]> {
  for (let after = first; ;) {
    const chunk = await read(after);
    const last = chunk.at(-1);
    if (last === undefined) return;
    yield chunk;
    after = placeOf(last);
  }
}
