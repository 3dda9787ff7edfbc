import { counterPlaceOf } from '@topgun/core/crdt';
import { checkValue, sameValue, TopGunError, type Value } from '@topgun/core/primitives';
import { conformValue, type SchemaDefinition } from '@topgun/core/schema';
import { ownCopy } from '../services/hooks/own-copy.js';
import type { ProcedureCounter, ProcedureSets } from '../services/procedures/procedure.js';
import type { CallDraft } from './call-draft.js';

/** What the writes of one run have in common. */
export interface DraftedParts {
  readonly draft: CallDraft;
  readonly readOnly: boolean;
  readonly schema: SchemaDefinition | undefined;
}

/** A map of sets, as one run of a procedure finds and leaves it. */
export class DraftedSets implements ProcedureSets<Value> {
  readonly #name: string;
  readonly #parts: DraftedParts;

  constructor(name: string, parts: DraftedParts) {
    this.#name = name;
    this.#parts = parts;
  }

  get(key: string): readonly Value[] {
    return ownCopy(this.#values(key) as Value) as readonly Value[];
  }

  has(key: string, value: Value): boolean {
    const checked = checkValue(value);
    return checked.ok && this.#values(key).some((held) => sameValue(held, checked.value));
  }

  add(key: string, value: Value): void {
    assertWrites(this.#parts);
    const checked = checkValue(value);
    const added = checked.ok ? conformValue(this.#parts.schema ?? null, this.#name, key, checked.value) : value;
    this.#parts.draft.writeBlind('set', this.#name, key, { type: 'add', value: added });
  }

  remove(key: string, value: Value): void {
    assertWrites(this.#parts);
    this.#parts.draft.writeBlind('set', this.#name, key, { type: 'discard', value });
  }

  #values(key: string): readonly Value[] {
    return (this.#parts.draft.getOf('set', this.#name, key) ?? []) as readonly Value[];
  }
}

/** A counter, as one run of a procedure finds and leaves it. */
export class DraftedCounter implements ProcedureCounter {
  readonly #map: string;
  readonly #key: string;
  readonly #parts: DraftedParts;

  constructor(name: string, parts: DraftedParts) {
    ({ map: this.#map, key: this.#key } = counterPlaceOf(name));
    this.#parts = parts;
  }

  get value(): number {
    return (this.#parts.draft.getOf('counter', this.#map, this.#key) ?? 0) as number;
  }

  add(delta: number): void {
    assertWrites(this.#parts);
    this.#parts.draft.writeBlind('counter', this.#map, this.#key, { type: 'count', delta });
  }

  increment(): void {
    this.add(1);
  }

  decrement(): void {
    this.add(-1);
  }
}

function assertWrites({ readOnly }: DraftedParts): void {
  if (readOnly) throw new TopGunError('read-only', 'This procedure is one that only reads.');
}
