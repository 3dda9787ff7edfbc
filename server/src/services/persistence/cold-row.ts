import { canonicalRecord, isVisible, materialize, type LwwRecord } from '@topgun/core/crdt';
import { canonicalJson } from '@topgun/core/primitives';

import type { ColdRow } from '../../ports/cold-store.js';

/** A record after a commit has changed it. */
export interface RecordWrite {
  readonly map: string;
  readonly key: string;
  /** What it was. Absent: that is not known. */
  readonly before?: LwwRecord | undefined;
  /** `undefined`: it was forgotten (CR-10). */
  readonly after: LwwRecord | undefined;
}

/** PI-4: the row that other programs read: the value they want, and the stamps that make it mergeable. */
export function toColdRow({ map, key, after: record }: RecordWrite, position: number): ColdRow {
  if (record === undefined) return { map, key, value: null, state: null, deleted: true, position };
  const value = materialize(record);
  return {
    map,
    key,
    value: value === undefined ? null : canonicalJson(value),
    state: canonicalRecord(record),
    deleted: !isVisible(record),
    position,
  };
}
