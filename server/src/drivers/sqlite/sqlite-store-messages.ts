import type { Result } from '@topgun/core/primitives';
import type { AppendOutcome } from '../../ports/ledger.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import type { HeldUp, StoreCalls } from '../store-calls.js';

/** What the ledger's thread is started with: memory of whoever starts it. */
export interface StoreThreadData {
  readonly url: string;
  /** Of a `SegmentArea`. */
  readonly area: SharedArrayBuffer;
  /** Of the `Doorbell` that is rung after each message, and when a segment was laid. */
  readonly bell: SharedArrayBuffer;
}

/** To the thread. */
export type StoreRequest = StoreCall | typeof LAID;

/** One call, with its arguments. */
export type StoreCall = {
  readonly [Call in keyof StoreCalls]: {
    readonly id: number;
    readonly call: Call;
    readonly args: Parameters<StoreCalls[Call]>;
  };
}[keyof StoreCalls];

/** A segment lies in the area, in case the thread has not found it by itself. */
export const LAID = 'laid';

/** From the thread: first whether the file could be opened, then an answer to each call. */
export type StoreAnswer =
  | { readonly type: 'opened'; readonly result: Result<null, DatabaseError> }
  | { readonly type: 'returned'; readonly id: number; readonly value: unknown }
  | { readonly type: 'threw'; readonly id: number; readonly reason: string; readonly code: string | null }
  /** What became of the segment that was laid. */
  | { readonly type: 'appended'; readonly outcome: AppendOutcome | HeldUp }
  /** The same for the usual one, that it was committed at this position: a number crosses in half the time. */
  | number;
