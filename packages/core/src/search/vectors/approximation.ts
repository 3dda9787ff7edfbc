import type { Ranked } from '../ranked.js';
import { ApproximateKeys, type Candidates, type StoredVectors } from './approximate-keys.js';
import type { CreateApproximateIndex } from './approximate-index.js';

/** From so many numbers on an approximate index pays: to compare all of them takes five milliseconds or so. */
export const APPROXIMATE_FROM_NUMBERS = 4_194_304;
/** Of a hundred that are nearest, it finds so many at least, or is not asked. */
export const RECALL_FLOOR = 0.95;
/** The nearest that are asked for, of which a hundred are used: the first that find enough. */
const WIDTHS = [256, 512, 1_024] as const;
/** No more are asked for at once: some milliseconds. */
const MOST_ASKED = 2_048;
/** The nearest that it is measured by, of so many records. */
const MEASURED_NEAREST = 100;
const SAMPLES = 16;
/** So many numbers are added in one step: about a millisecond. */
const NUMBERS_PER_STEP = 2_048;
/** It is made anew when so many of its vectors are of no use. */
const MOST_DEAD = 0.25;
/** And it is not asked while it lacks so many. */
const MOST_MISSING = 0.25;

/** What the vectors are measured by, beside what is asked of them anyway. */
export interface ComparedVectors extends StoredVectors {
  /** The exact answer, in steps. */
  compareAll(unit: Float32Array): Generator<void, Ranked>;
}

/** How an approximate index is made, and from where on. */
export interface ApproximationOptions {
  readonly create: CreateApproximateIndex;
  readonly dimensions: number;
  readonly fromNumbers?: number;
  /** How many are asked for when the nearest `measuredNearest` are wanted: the first that finds enough. */
  readonly widths?: readonly number[];
  readonly measuredNearest?: number;
  /** So many vectors are in one index of the library. */
  readonly perPart?: number;
}

/** How an index of vectors comes by an approximate one. A device has none, nor the code for it. */
export type Approximate = (stored: ComparedVectors, dimensions: number) => Approximation;

export function approximateBy(
  create: CreateApproximateIndex,
  options: Partial<Omit<ApproximationOptions, 'create' | 'dimensions'>> = {},
): Approximate {
  return (stored, dimensions) => new Approximation(stored, { ...options, create, dimensions });
}

/**
 * The approximate index of many vectors: made in steps, measured before it is asked anything, and made anew when enough has changed. Where it does not find what it has to, as
 * among vectors without structure, there is none until there are twice as many.
 */
export class Approximation {
  readonly #stored: ComparedVectors;
  readonly #dimensions: number;
  readonly #fromRecords: number;
  readonly #options: ApproximationOptions;
  readonly #widths: readonly number[];
  readonly #nearest: number;
  /** What is asked, and how widely. */
  #served: { readonly keys: ApproximateKeys; readonly width: number; readonly measuredAt: number } | null = null;
  /** What is being made. */
  #made: ApproximateKeys | null = null;
  #isMadeNext = false;
  /** Not before there are so many. */
  #notBefore = 0;

  constructor(stored: ComparedVectors, options: ApproximationOptions) {
    const { dimensions, fromNumbers = APPROXIMATE_FROM_NUMBERS } = options;
    this.#stored = stored;
    this.#options = options;
    this.#dimensions = dimensions;
    this.#fromRecords = fromNumbers / dimensions;
    this.#widths = options.widths ?? WIDTHS;
    this.#nearest = options.measuredNearest ?? MEASURED_NEAREST;
  }

  get bytes(): number {
    return (this.#served?.keys.bytes ?? 0) + (this.#made?.bytes ?? 0);
  }

  /** There is something to do for it. */
  get isBehind(): boolean {
    const { size } = this.#stored;
    if (this.#served === null) return this.#made !== null || size >= Math.max(this.#fromRecords, this.#notBefore);
    return this.#made !== null || this.#served.keys.missing > 0 || this.#isDue;
  }

  changed(key: string, place: number): void {
    this.#served?.keys.changed(key, place);
    this.#made?.changed(key, place);
  }

  removed(key: string, place: number, lastKey: string, last: number): void {
    this.#served?.keys.removed(key, place, lastKey, last);
    this.#made?.removed(key, place, lastKey, last);
  }

  /** What may be near, in steps, if so many are wanted of it; `null`: all have to be compared. */
  candidates(unit: Float32Array, wanted: number): Generator<void, Candidates> | null {
    if (this.#served === null) return null;
    const { keys, width } = this.#served;
    const count = Math.ceil(width * Math.max(1, wanted / this.#nearest));
    if (count > MOST_ASKED || keys.missing > this.#stored.size * MOST_MISSING) return null;
    return keys.candidates(unit, count);
  }

  /** Brings it up to what is stored. Vectors may change between the steps, and be searched. */
  *tendSteps(): Generator<void> {
    while (this.isBehind) {
      if (this.#stored.size < this.#fromRecords / 2) return this.#drop();
      if (this.#served === null || this.#isDue) this.#made ??= this.#newKeys();
      const { keys, measuredAt } = this.#served ?? { keys: null, measuredAt: 0 };
      // One after the other, so that neither waits for the other to have all.
      this.#isMadeNext = !this.#isMadeNext || keys === null || keys.missing === 0;
      if (!this.#addTo(this.#isMadeNext ? (this.#made ?? keys) : keys)) return this.#drop(Infinity);
      yield;
      if (this.#made !== null && this.#made.missing === 0) yield* this.#measure(this.#made);
      else if (keys?.missing === 0 && this.#stored.size >= 2 * measuredAt) yield* this.#measure(keys);
    }
  }

  #newKeys(): ApproximateKeys {
    const { create, dimensions, perPart } = this.#options;
    return new ApproximateKeys(this.#stored, () => create(dimensions), perPart);
  }

  get #isDue(): boolean {
    if (this.#served === null) return false;
    const { keys } = this.#served;
    return keys.dead > keys.length * MOST_DEAD;
  }

  #addTo(keys: ApproximateKeys | null): boolean {
    let left = Math.max(1, Math.floor(NUMBERS_PER_STEP / this.#dimensions));
    for (; keys !== null && left > 0 && keys.missing > 0; left--) if (!keys.addNext()) return false;
    return true;
  }

  /** It is asked from now on as widely as it has to be; or not at all. */
  *#measure(keys: ApproximateKeys): Generator<void> {
    const { size } = this.#stored;
    const found = this.#widths.map(() => 0);
    let wanted = 0;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const key = this.#stored.keyAt(Math.floor(((sample + 0.5) * this.#stored.size) / SAMPLES));
      const unit = key === undefined ? undefined : this.#stored.unitOf(key);
      if (unit === undefined) continue;
      const nearest = new Set(firstOf(yield* this.#stored.compareAll(unit), this.#nearest));
      wanted += nearest.size;
      for (const [i, width] of this.#widths.entries()) {
        const { missing, nearest: near } = yield* keys.candidates(unit, width);
        const all = new Set([...missing, ...near.flatMap((part) => part.keys)]);
        for (const one of nearest) found[i] = (found[i] as number) + Number(all.has(one));
        yield;
      }
    }
    const width = this.#widths.find((_, i) => (found[i] as number) >= wanted * RECALL_FLOOR);
    if (width === undefined) return this.#drop(2 * size);
    this.#served = { keys, width, measuredAt: size };
    this.#made = null;
  }

  #drop(notBefore = 0): void {
    this.#served = null;
    this.#made = null;
    this.#notBefore = notBefore;
  }
}

function firstOf(ranked: Ranked, count: number): string[] {
  const keys = Array.from({ length: Math.min(count, ranked.length) }, (_, i) => ranked.keyAt(i));
  return keys.filter((key) => key !== undefined);
}
