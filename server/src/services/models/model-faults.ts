/** MO-6: a record that its table does not take, or a row that the map does not. */
export interface ModelFault {
  readonly map: string;
  readonly key: string;
  /** Whom it keeps from having what the other has. */
  readonly of: 'table' | 'map';
  /** A sentence for whoever runs the server. It may hold what is stored. */
  readonly message: string;
}

/** So many are told of each map; of more there is only the number. */
const MAX_TOLD = 1_000;

/** What stands between the maps and their tables, at the moment. */
export class ModelFaults {
  readonly #faults = new Map<string, ModelFault>();
  readonly #tell: (fault: ModelFault) => void;

  constructor(tell: (fault: ModelFault) => void) {
    this.#tell = tell;
  }

  get list(): readonly ModelFault[] {
    return [...this.#faults.values()].slice(0, MAX_TOLD);
  }

  get size(): number {
    return this.#faults.size;
  }

  /** Is told once, as long as it is the same. */
  note(fault: ModelFault): void {
    const place = placeOf(fault);
    if (this.#faults.get(place)?.message === fault.message) return;
    this.#faults.set(place, fault);
    this.#tell(fault);
  }

  clear(map: string, key: string, of: ModelFault['of']): void {
    if (this.#faults.size > 0) this.#faults.delete(placeOf({ map, key, of }));
  }
}

const placeOf = ({ map, key, of }: Pick<ModelFault, 'map' | 'key' | 'of'>): string => `${of} ${map} ${key}`;
