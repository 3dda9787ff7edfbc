import type { LwwRecord } from '@topgun/core/crdt';

/** The record held under a key of a view's map. */
export type ReadRecord = (key: string) => LwwRecord | undefined;
