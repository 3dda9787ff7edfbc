import type { Value } from '@topgun/core/primitives';
import type { Claims } from '../../ports/identity.js';

/** Any maps: what hooks are told where an app does not say what its maps hold. */
export type AnyMaps = Readonly<Record<string, Value>>;

/** The fields that an op writes of a record; `undefined` unsets one. A record that is no plain object is the field `''`. */
export type WrittenFields<T = Value> = T extends readonly unknown[] | Uint8Array
  ? { readonly [field: string]: Value | undefined }
  : T extends object
    ? { readonly [Field in keyof T]?: T[Field] | undefined }
    : { readonly [field: string]: Value | undefined };

/** One op, as hooks are told of it. `S`: what each map holds. */
export type HookedOp<S extends object = AnyMaps> = {
  [Name in keyof S & string]:
    | {
        readonly type: 'create' | 'patch';
        readonly map: Name;
        readonly key: string;
        readonly fields: WrittenFields<S[Name]>;
        /** When the record ends, in ms since 1970; `null`: never; absent: the op says nothing of it. */
        readonly expiresAt?: number | null;
      }
    | { readonly type: 'remove'; readonly map: Name; readonly key: string }
    | { readonly type: 'add' | 'discard'; readonly map: Name; readonly key: string; readonly value: Value }
    | { readonly type: 'count'; readonly map: Name; readonly key: string; readonly delta: number };
}[keyof S & string];

/** What a hook may ask for and say. */
export interface HookContext {
  /** Whose op or connection it is; `null`: nobody's in particular, or nobody is asked. */
  readonly principal: string | null;
  /** What the token claims; empty where there is none. */
  readonly claims: Claims;
  /** Aborted when the time of the call is over: what comes afterwards is of no effect. */
  readonly signal: AbortSignal;
  /** The record as it is committed. Ops that are on their way are not in it. `undefined`: there is none. */
  read(map: string, key: string): Value | undefined;
  /**
   * The same, wherever the record is: of several threads another one may have it. There `read` calls `beforeOp` once more when the record is here, and throws in
   * `afterOp`, which is called once.
   */
  fetch(map: string, key: string): Promise<Value | undefined>;
}

/** Made by `refuse`; returned, it refuses. */
export interface HookRefusal {
  readonly refused: string;
}

export interface BeforeOpContext extends HookContext {
  /** The tab that wrote it. */
  readonly replica: string;
  /** `return refuse('…')` refuses the op; the reason is for the person whose write it was. At most 500 characters of it are kept. */
  refuse(reason: string): HookRefusal;
}

/** In the place of what a create or patch writes. */
export interface ChangedFields<T = { readonly [field: string]: Value | undefined }> {
  readonly fields: T;
  /** Absent: as the op says. */
  readonly expiresAt?: number | null;
}

/** What `beforeOp` makes of an op. Nothing: it is taken as it is. */
export type BeforeOpResult = void | undefined | HookRefusal | ChangedFields;

/** What became of an op. */
export type DecidedOp<S extends object = AnyMaps> = {
  readonly op: HookedOp<S>;
  /** The ledger position of the commit. */
  readonly position: number;
} & (
  | { readonly outcome: 'applied' | 'superseded' }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string }
);

export interface ConnectionContext extends Omit<HookContext, 'read' | 'fetch'> {
  /** Names the connection; `onDisconnect` is told the same. */
  readonly connection: string;
}

export interface ConnectionRequest {
  /** `return refuse('…')` refuses the connection: the client is told `not-permitted`, and tries again later. */
  refuse(reason: string): HookRefusal;
}

/**
 * What an app's server does at certain moments, in its own process. Each call has `timeoutMs`; one that takes longer counts as failed, and
 * its `signal` is aborted. A call that never gives the event loop back cannot be ended: that is the server's own thread.
 */
export interface ServerHooks<S extends object = AnyMaps> {
  /** The time of one call in ms. Default 1,000. */
  readonly timeoutMs?: number;
  /**
   * Before an op is judged: takes it as it is, changes what it writes, or refuses it. Of one tab one op after the other, in the order of its
   * writes; of others meanwhile. May be called again for an op that was not decided. A call that fails refuses the op (`hook-failed`).
   */
  beforeOp?(op: HookedOp<S>, context: BeforeOpContext): BeforeOpResult | Promise<BeforeOpResult>;
  /** After an op is decided and durable, at most once. Calls begin in the order of decisions and do not wait for each other. */
  afterOp?(decided: DecidedOp<S>, context: HookContext): void | Promise<void>;
  /** Before somebody is let in, who is known by then. A call that fails keeps them out. */
  onConnection?(
    context: ConnectionContext & ConnectionRequest,
  ): void | undefined | HookRefusal | Promise<void | undefined | HookRefusal>;
  /** After a connection has ended that `onConnection` let in. */
  onDisconnect?(context: ConnectionContext): void | Promise<void>;
}

export const DEFAULT_HOOK_MS = 1_000;
