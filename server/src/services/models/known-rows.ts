import type { LwwRecord } from '@topgun/core/crdt';
import { heldRow, type HeldRow, type Mapping } from './mapping.js';
import type { Base } from './reconcile.js';

/** A look at the table that others may write to meanwhile. */
export interface Look {
  /** Whether the server itself has begun to write the row since the look began: then what was seen says nothing. */
  isStale(key: string): boolean;
  end(): void;
}

/**
 * MO-3: what a map and its table have in common, record by record. Of most that is what the record is, so only of those that differ, or may, anything is held: of those that have
 * changed and are not written yet, or that the table does not take.
 */
export class KnownRows {
  readonly #mapping: Mapping;
  readonly #bases = new Map<string, Base>();
  readonly #written = new Map<string, number>();
  readonly #looks = new Set<Set<string>>();
  #isCompared = true;

  constructor(mapping: Mapping) {
    this.#mapping = mapping;
  }

  get size(): number {
    return this.#bases.size;
  }

  /** The record is another from here on; `before`: what it was. `isOwed`: that was before the server's last end. Only the first since it was written counts. */
  changed(key: string, before: LwwRecord | undefined, isOwed: boolean): void {
    if (this.#bases.has(key)) return;
    this.#bases.set(key, this.#isCompared ? baseOf(this.#mapping, before, isOwed) : UNKNOWN);
  }

  /** MO-7: whether map and table have ever been compared. Until they have, nobody knows what they have in common. */
  set isCompared(is: boolean) {
    this.#isCompared = is;
    if (!is) for (const key of this.#bases.keys()) this.forget(key);
  }

  get isCompared(): boolean {
    return this.#isCompared;
  }

  /** Nobody knows what the table has of it. */
  forget(key: string): void {
    this.#bases.set(key, UNKNOWN);
  }

  /** `committed`: what the record is. */
  base(key: string, committed: LwwRecord | undefined): Base {
    return this.#bases.get(key) ?? (this.#isCompared ? baseOf(this.#mapping, committed, false) : UNKNOWN);
  }

  /** The table has been seen to be so. */
  settle(key: string, base: Base, committed: LwwRecord | undefined): void {
    const held = heldRow(this.#mapping, committed);
    if (held.ok && isSame(base, held.value)) this.#bases.delete(key);
    else this.#bases.set(key, base);
  }

  look(): Look {
    const stale = new Set(this.#written.keys());
    this.#looks.add(stale);
    return { isStale: (key) => stale.has(key), end: () => void this.#looks.delete(stale) };
  }

  /** The server looks at these rows and writes them, until the returned function is called. */
  write(keys: readonly string[]): () => void {
    for (const key of keys) {
      this.#written.set(key, (this.#written.get(key) ?? 0) + 1);
      for (const look of this.#looks) look.add(key);
    }
    return () => {
      for (const key of keys) {
        const left = (this.#written.get(key) ?? 1) - 1;
        if (left === 0) this.#written.delete(key);
        else this.#written.set(key, left);
      }
    };
  }
}

const UNKNOWN: Base = { type: 'unknown' };

/** Whether the table lacks nothing of the record, and has nothing that it lacks. */
export function isSame(base: Base, held: HeldRow): boolean {
  if (held.type === 'gone') return base.type === 'none';
  if (base.type !== 'row' || base.floor !== held.floor) return false;
  return held.cells.every((cell, place) => held.unheld.has(place) || base.cells[place] === cell);
}

function baseOf(mapping: Mapping, record: LwwRecord | undefined, isOwed: boolean): Base {
  const held = heldRow(mapping, record);
  if (!held.ok || held.value.type === 'gone') return { type: 'none', isOwed };
  const { cells, floor, unheld } = held.value;
  return { type: 'row', cells: cells.map((cell, place) => (unheld.has(place) ? undefined : cell)), floor, isOwed };
}
