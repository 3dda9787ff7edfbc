/** The list with one more; an empty one is replaced. Nearly all batches are of one, and a first `push` makes room for seventeen. */
export function append<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}
