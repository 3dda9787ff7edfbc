import type { WireOp } from '../crdt/wire-op.js';
import type { WireRecord } from '../crdt/wire-record.js';
import type { RowChange } from './row-change.js';

/** Read-only by themselves already. */
type Plain = string | number | boolean | null | undefined | WireOp | WireRecord | RowChange;

/** The type with every property, element and tuple read-only, so that senders may pass what they must not change. */
export type Immutable<T> = T extends Plain ? T : T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;
