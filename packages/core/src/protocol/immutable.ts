import type * as z from 'zod/mini';
import type { WireOp } from '../crdt/wire-op.js';
import type { WireRecord } from '../crdt/wire-record.js';
import type { RowChange } from './row-change.js';

/** Read-only by themselves already. */
type Plain = string | number | boolean | null | undefined | WireOp | WireRecord | RowChange;

/** The type with every property, element and tuple read-only, so that senders may pass what they must not change. */
export type Immutable<T> = T extends Plain ? T : T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** What such a schema reads, as senders give it. */
export type Sent<Schema extends () => z.ZodMiniType> = Immutable<z.infer<ReturnType<Schema>>>;
