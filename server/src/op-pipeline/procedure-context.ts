import { planPatch, planRemove, planSet, planUpdate } from '@topgun/core/crdt';
import { checkValue, isPlainObject, ok, setOwn, TopGunError, type Value } from '@topgun/core/primitives';
import { describeQueryError, KEY_FIELD, parseQuery, type Entry, type QuerySource } from '@topgun/core/query';
import type { SchemaDefinition } from '@topgun/core/schema';
import type { Identity } from '../ports/identity.js';
import { refusal } from '../services/crdt/verdict.js';
import { ownCopy } from '../services/hooks/own-copy.js';
import { refusedCall, type CallOutcome } from '../services/procedures/call-outcome.js';
import type { ProcedureContext, ProcedureMap } from '../services/procedures/procedure.js';
import type { CallDraft } from './call-draft.js';
import { DraftedCounter, DraftedSets } from './drafted-sets.js';

/** Any maps: what an app's own types say of them is its business. */
interface Maps {
  [map: string]: Value;
}

export interface ContextParts {
  readonly draft: CallDraft;
  readonly identity: Identity | null;
  readonly signal: AbortSignal;
  readonly now: number;
  readonly readOnly: boolean;
  readonly schema: SchemaDefinition | undefined;
}

/** What one run of a procedure is given; and what it has refused itself by, if it has. */
export interface CallContext {
  readonly context: ProcedureContext<Maps>;
  readonly refused: CallOutcome | null;
}

export function createCallContext({ draft, identity, signal, now, readOnly, schema }: ContextParts): CallContext {
  let refused: CallOutcome | null = null;
  return {
    context: {
      principal: identity?.principal ?? null,
      claims: identity?.claims ?? {},
      now,
      signal,
      map: (name) => new DraftedMap(name, draft, readOnly),
      // What a set holds, its type says to whoever asks.
      orMap: (name) => new DraftedSets(name, { draft, readOnly, schema }) as never,
      counter: (name) => new DraftedCounter(name, { draft, readOnly, schema }),
      refuse(reason, data) {
        const checked = data === undefined ? undefined : checkValue(data);
        const told = refusedCall('refused', refusal('hook-refused', String(reason)).reason);
        refused ??= checked?.ok === true ? { ...told, data: checked.value } : told;
        throw new TopGunError('refused', 'The procedure has refused the call.');
      },
    },
    get refused() {
      return refused;
    },
  };
}

class DraftedMap implements ProcedureMap<Maps, string> {
  readonly #name: string;
  readonly #draft: CallDraft;
  readonly #readOnly: boolean;

  constructor(name: string, draft: CallDraft, readOnly: boolean) {
    this.#name = name;
    this.#draft = draft;
    this.#readOnly = readOnly;
  }

  get(key: string): Value | undefined {
    return ownCopy(this.#draft.get(this.#name, key));
  }

  has(key: string): boolean {
    return this.#draft.get(this.#name, key) !== undefined;
  }

  query(source: unknown = {}): never {
    const query = parseQuery(source as QuerySource);
    if (!query.ok) throw new TopGunError('bad-query', describeQueryError(query.error));
    if (query.value.include !== undefined) throw new TopGunError('bad-query', 'A procedure asks for no relations.');
    // What a row is, its type says to whoever asks.
    return this.#draft.query(this.#name, query.value).map(rowOf) as never;
  }

  update(key: string, change: (previous: Value | undefined) => Value, options: Ttl = {}): void {
    this.#write(key, (record) => planUpdate(record, (previous) => written(change(ownCopy(previous)))), options);
  }

  set(key: string, next: Value, options: Ttl = {}): void {
    this.#write(
      key,
      (record) => {
        const plan = planSet(record, written(next));
        return plan.ok ? ok(plan.value.body) : plan;
      },
      options,
    );
  }

  patch(key: string, fields: unknown, options: Ttl = {}): void {
    this.#write(key, (record) => planPatch(record, written(fields)), options);
  }

  remove(key: string): void {
    this.#write(key, (record) => (record === undefined ? ok(null) : planRemove(record)), {});
  }

  #write(key: string, plan: Parameters<CallDraft['write']>[2], { ttlMs }: Ttl): void {
    if (this.#readOnly) throw new TopGunError('read-only', 'This procedure is one that only reads.');
    this.#draft.write(this.#name, key, plan, ttlMs);
  }
}

interface Ttl {
  readonly ttlMs?: number | null;
}

function rowOf({ key, value }: Entry): Readonly<Record<string, unknown>> {
  const row: Record<string, unknown> = {};
  const parts = isPlainObject(value) ? Object.entries(value) : [['value', value] as const];
  for (const [name, part] of parts) setOwn(row, name, ownCopy(part));
  row[KEY_FIELD] = key;
  return row;
}

/** Rows carry their key, which is never stored (CR-4). */
function written(value: unknown): unknown {
  if (!isPlainObject(value) || !Object.hasOwn(value, KEY_FIELD)) return value;
  const { [KEY_FIELD]: _key, ...fields } = value;
  return fields;
}
