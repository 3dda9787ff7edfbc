import type { Value } from '@topgun/core/primitives';
import type { ResultRow, RowQueryFor, GroupQueryFor } from '@topgun/core/query';
import type { StandardSchemaV1 } from '@topgun/core/schema';
import type { Claims } from '../../ports/identity.js';
import type { AnyMaps } from '../hooks/server-hooks.js';

/** What a write says besides. */
export interface ProcedureWriteOptions {
  /** CR-9: how long the record lives, in ms from now on; `null`: for ever. Absent: as it was said last. */
  readonly ttlMs?: number | null;
}

/**
 * A map as a procedure finds it, with what the call has written so far. Whatever is written counts together, when the procedure has returned, or not at all. What is read
 * is a copy.
 */
export interface ProcedureMap<S extends object, K extends keyof S & string> {
  get(key: string): S[K] | undefined;
  has(key: string): boolean;
  /**
   * The rows of a query, each with its `_key`. Of relations it knows nothing.
   *
   * @throws TopGunError `bad-query`; `too-many-rows` where more records of the map would have to be looked at than the server lets a call
   */
  query<const Q extends RowQueryFor<S, K> | GroupQueryFor<S, K>>(query?: Q): readonly ResultRow<S, K, Q>[];
  /** Writes what differs between the record and what `change` returns, which gets `undefined` where there is none. */
  update(key: string, change: (previous: S[K] | undefined) => S[K], options?: ProcedureWriteOptions): void;
  /** The record is this afterwards. */
  set(key: string, next: S[K], options?: ProcedureWriteOptions): void;
  /** @throws TopGunError `record-absent` where there is no record */
  patch(key: string, fields: Partial<S[K]>, options?: ProcedureWriteOptions): void;
  remove(key: string): void;
}

/**
 * A map of sets (CR-6) as a procedure finds it, with what the call has written so far: under each key any number of values, each once. To put a value in or to take it out is no reading:
 * a procedure that awaits something does not run once more because others have changed the set, unless it has looked at it.
 */
export interface ProcedureSets<V> {
  /** The values under the key, in the order of their canonical JSON. */
  get(key: string): readonly V[];
  has(key: string, value: V): boolean;
  add(key: string, value: V): void;
  /** Nothing where the value is not there. */
  remove(key: string, value: V): void;
}

/** A counter (CR-7) as a procedure finds it, with what the call has counted so far. To count is no reading, as with {@link ProcedureSets}. */
export interface ProcedureCounter {
  readonly value: number;
  add(delta: number): void;
  increment(): void;
  decrement(): void;
}

/** What a procedure works with. Of no use once it has returned, or its time is over. */
export interface ProcedureContext<S extends object = AnyMaps> {
  /** Who calls: the `sub` of their token; `null`: nobody in particular, or nobody is asked. */
  readonly principal: string | null;
  /** What the token claims; empty where there is none. */
  readonly claims: Claims;
  /** The server's time, in ms since 1970, for what a procedure writes down. */
  readonly now: number;
  /** Aborted when the time of the call is over: nothing of it is done then. */
  readonly signal: AbortSignal;
  map<K extends keyof S & string>(name: K): ProcedureMap<S, K>;
  /** The map of sets of that name, as `client.getORMap` has it. */
  orMap<K extends keyof S & string>(name: K): ProcedureSets<S[K]>;
  /** The counter of that name, as `client.getPNCounter` has it: `likes:1` is key `1` of the map `likes`. */
  counter(name: string): ProcedureCounter;
  /** Ends the call by throwing: nothing of it is done, and who called is told why. At most 500 characters of the reason are kept. */
  refuse(reason: string, data?: Value): never;
}

/** One thing that clients may have done here, by `client.call(name, args)`. */
export interface Procedure<S extends object = AnyMaps, A = unknown, R = unknown> {
  /** What the arguments have to be: any Standard Schema validator that answers at once (zod, valibot, arktype …). What it makes of them `run` gets. Absent: anything. */
  readonly args?: StandardSchemaV1<unknown, A>;
  /** It writes nothing, so nothing of its calls is kept: asked again, it runs again. */
  readonly readOnly?: boolean;
  /** The time of one run in ms. Default 5,000. */
  readonly timeoutMs?: number;
  /**
   * Runs with the server's authority: rules do not hold it back, and no `beforeOp` hears of what it writes. Where it awaits nothing, nothing happens meanwhile. Where it
   * awaits something and others change what it has read, it runs once more: whatever it does besides its writes happens more than once then.
   */
  run(context: ProcedureContext<S>, args: A): R | Promise<R>;
}

/** The procedures of a server, by name. `any`: whatever the arguments of each are, its own validator has seen to that. */
export type Procedures = Readonly<Record<string, Procedure<any, any, unknown>>>;

/**
 * Types a procedure by what the maps hold.
 *
 * ```ts
 * const procedure = procedureOf<Schema>();
 * const reserve = procedure({ args: z.object({ seat: z.string() }), run: ({ map }, { seat }) => map('seats').get(seat) });
 * ```
 */
export const procedureOf =
  <S extends object>() =>
  <A = undefined, R = void>(definition: Procedure<S, A, R>): Procedure<S, A, R> =>
    definition;

/** What clients are to know of procedures: `TopGunClient<Schema, Schema, CallsOf<typeof procedures>>`. */
export type CallsOf<P> = {
  readonly [Name in keyof P]: P[Name] extends Procedure<infer _S, infer A, infer R>
    ? { readonly args: A; readonly result: Awaited<R> }
    : never;
};

export const DEFAULT_PROCEDURE_MS = 5_000;
