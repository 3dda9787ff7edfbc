/**
 * An index of a library that finds most of what is nearest without a look at each vector. Vectors are known by their order: the first one added is 0. None is taken out: what
 * is gone is left out by whoever asks, and such an index is made anew in time. Nothing that it says is shown before it has been compared.
 */
export interface ApproximateIndex {
  /** About how much memory it takes. */
  readonly bytes: number;
  /** One more, of length 1; it is not kept by whoever adds it. False: it takes no more. */
  add(vector: Float32Array): boolean;
  /** About the nearest, by their numbers, so many if there are; of what goes wrong, none. */
  nearest(vector: Float32Array, count: number): Iterable<number>;
}

/** Makes an empty one for vectors of so many numbers; `null` where there is no such library. */
export type CreateApproximateIndex = (dimensions: number) => ApproximateIndex | null;
