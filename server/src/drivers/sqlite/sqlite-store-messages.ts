import type { Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../prisma/database-error.js';
import type { StoreCalls } from '../store-calls.js';

/** What the ledger's thread is started with. */
export interface StoreThreadData {
  readonly url: string;
  /** Of the `SegmentArea` of whoever starts it. */
  readonly area: SharedArrayBuffer;
}

/** To the thread: one call, with its arguments. */
export type StoreRequest =
  | {
      readonly [Call in keyof StoreCalls]: {
        readonly id: number;
        readonly call: Call;
        readonly args: Parameters<StoreCalls[Call]>;
      };
    }[keyof StoreCalls]
  /** `append` of the bytes that lie at the start of the area. */
  | { readonly id: number; readonly call: 'appendLaid'; readonly args: readonly [epoch: number, byteLength: number] };

/** From the thread: first whether the file could be opened, then an answer to each call. */
export type StoreAnswer =
  | { readonly type: 'opened'; readonly result: Result<null, DatabaseError> }
  | { readonly type: 'returned'; readonly id: number; readonly value: unknown }
  | { readonly type: 'threw'; readonly id: number; readonly reason: string; readonly code: string | null };
