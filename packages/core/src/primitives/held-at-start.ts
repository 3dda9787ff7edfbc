/** What is gone through as a `Map` or a `Set` is: what is added comes last, and what is removed before it is met does not come. */
export interface Ordered<T> extends Iterable<T> {
  readonly size: number;
}

/**
 * Goes through what is held when it begins, while that changes, and ends after so many steps whatever is written meanwhile. What is there from the beginning to the end is met
 * once. What is added, or removed and added again, may be met or not: it comes last, and who writes faster than somebody reads would keep that one reading for ever.
 *
 * `size`: how many were held, where the beginning was before the first step.
 */
export function* heldAtStart<T>(held: Ordered<T>, size: number = held.size): Generator<T, void> {
  let left = size;
  if (left === 0) return;
  for (const item of held) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}
