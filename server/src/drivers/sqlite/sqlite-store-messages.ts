import type { Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../prisma/database-error.js';
import type { StoreCalls } from '../store-calls.js';

/** What the ledger's thread is started with. */
export interface StoreThreadData {
  readonly url: string;
}

/** To the thread: one call, with its arguments. */
export type StoreRequest = {
  readonly [Call in keyof StoreCalls]: {
    readonly id: number;
    readonly call: Call;
    readonly args: Parameters<StoreCalls[Call]>;
  };
}[keyof StoreCalls];

/** From the thread: first whether the file could be opened, then an answer to each call. */
export type StoreAnswer =
  | { readonly type: 'opened'; readonly result: Result<null, DatabaseError> }
  | { readonly type: 'returned'; readonly id: number; readonly value: unknown }
  | { readonly type: 'threw'; readonly id: number; readonly reason: string; readonly code: string | null };
