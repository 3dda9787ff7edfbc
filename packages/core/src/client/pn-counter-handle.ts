import { counterPlaceOf, planCount, type CounterPlace } from '../crdt/index.js';
import { isMapName, TopGunError } from '../primitives/index.js';
import { conformWrite } from '../schema/index.js';
import { MapHandle } from './map-handle.js';
import { NOTHING_TO_DO, type WriteHandle } from './outbox/write-handle.js';
import type { ClientRuntime } from './session/client-runtime.js';
import { assertKey, assertType, writeError } from './write-input.js';

/**
 * A counter that many change at once: each change is a signed delta, counted exactly once, and the value is their sum (CR-7). Reads
 * and writes are synchronous and in memory, online or off. The value is the total this device knows with its own pending
 * deltas; `subscribe` keeps that total current.
 */
export class PNCounterHandle {
  readonly name: string;
  readonly #runtime: ClientRuntime;
  readonly #rows: MapHandle<unknown>;
  readonly #key: string;

  /** @internal Made by `TopGunClient.getPNCounter`. */
  constructor(name: string, { map, key }: CounterPlace, runtime: ClientRuntime) {
    this.name = name;
    this.#runtime = runtime;
    this.#rows = new MapHandle(map, runtime);
    this.#key = key;
  }

  get value(): number {
    return numberOf(this.#rows.get(this.#key));
  }

  readonly increment = (): WriteHandle => this.add(1);

  readonly decrement = (): WriteHandle => this.add(-1);

  /**
   * Changes the counter by a whole number; 0 is no op.
   *
   * @throws TopGunError `invalid-value` for anything but a whole number, `too-large` where the value would leave ±(2^53 − 1),
   * `type-mismatch` where the map holds something else
   */
  readonly add = (delta: number): WriteHandle => {
    const store = this.#runtime.stores.use(this.#rows.name);
    assertType(store, 'counter');
    const plan = planCount(this.value, delta);
    if (!plan.ok) throw writeError(plan.error);
    const body = conformWrite(this.#runtime.schema, store.name, this.#key, this.value, plan.value);
    return body === null ? NOTHING_TO_DO : this.#runtime.write(store, this.#key, body);
  };

  /** Keeps the counter current and calls the listener with its value when that changes. Returns the unsubscribe. */
  readonly subscribe = (listener: (value: number) => void): (() => void) =>
    this.#rows.subscribeKey(this.#key, (value) => listener(numberOf(value)));

  /** As with `MapHandle`: resolves when what storage holds is here. */
  loaded(): Promise<void> {
    return this.#rows.loaded();
  }
}

/**
 * Where the counter of that name lives.
 *
 * @throws TopGunError `map-name`, `invalid-key`, `key-too-long`
 */
export function counterPlace(name: string): CounterPlace {
  const { map, key } = counterPlaceOf(name);
  if (!isMapName(map)) {
    throw new TopGunError('map-name', `${JSON.stringify(name)} does not begin with a map name: A–Z a–z 0–9 _ - . /`);
  }
  if (key !== '') assertKey(key);
  return { map, key };
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
