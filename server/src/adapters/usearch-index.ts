import { createRequire } from 'node:module';
import type { ApproximateIndex, CreateApproximateIndex } from '@topgun/core/search';
import type * as Usearch from 'usearch';
import type { Logger } from '../ports/environment.js';

type Library = typeof Usearch;

/** Neighbours of each vector in the graph, and how many are looked at to find them. */
const CONNECTIVITY = 16;
const EXPANSION_ADD = 64;
/** Beside two bytes a number: the graph, measured. */
const BYTES_PER_VECTOR = 300;
const BYTES_PER_NUMBER = 2;

/** SE-63: the graphs of USearch, whose code is loaded with the first of them. Where it is not installed, or has no build for this platform, there is none, which is said once. */
export function createUsearch(log: Logger, load: () => Library = loadUsearch): CreateApproximateIndex {
  let library: Library | null | undefined;
  const found = (): Library | null => {
    try {
      return load();
    } catch (error) {
      log.warn('many vectors are searched, and there is no approximate index here: all are compared. Install usearch', {
        reason: reasonOf(error),
      });
      return null;
    }
  };
  return (dimensions) => {
    library ??= library === null ? null : found();
    return library === null ? null : new UsearchIndex(library, dimensions, log);
  };
}

/** At once, not by `import()`: it is the system that takes the time, in this thread either way. */
function loadUsearch(): Library {
  const library: Library = createRequire(import.meta.url)('usearch');
  return library;
}

/** Numbers of 16 bits: half the memory, and as good, since whatever is found is compared by 32. */
class UsearchIndex implements ApproximateIndex {
  readonly #index: Usearch.Index;
  readonly #dimensions: number;
  readonly #log: Logger;
  #size = 0;

  constructor({ Index, MetricKind, ScalarKind }: Library, dimensions: number, log: Logger) {
    this.#dimensions = dimensions;
    this.#log = log;
    this.#index = new Index({
      dimensions,
      metric: MetricKind.IP,
      quantization: ScalarKind.F16,
      connectivity: CONNECTIVITY,
      expansion_add: EXPANSION_ADD,
      expansion_search: EXPANSION_ADD,
      multi: false,
    });
  }

  get bytes(): number {
    return this.#size * (this.#dimensions * BYTES_PER_NUMBER + BYTES_PER_VECTOR);
  }

  add(vector: Float32Array): boolean {
    try {
      this.#index.add(BigInt(this.#size), vector, 1);
      this.#size++;
      return true;
    } catch (error) {
      this.#log.warn('the approximate index takes no more vectors: all are compared', { reason: reasonOf(error) });
      return false;
    }
  }

  nearest(vector: Float32Array, count: number): readonly number[] {
    try {
      return Array.from(this.#index.search(vector, Math.min(count, this.#size), 1).keys, Number);
    } catch (error) {
      this.#log.warn('the approximate index could not be asked: all are compared', { reason: reasonOf(error) });
      return [];
    }
  }
}

/** The first line: what follows are paths. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1).join();
