import type { Stamp } from '@topgun/core/clock';
import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import type { Overlay } from '../crdt/overlay.js';
import type { DecideCall, DecidedCall } from '../procedures/decide-call.js';

/** What a row makes of a record. */
export interface RowTake {
  readonly map: string;
  readonly key: string;
  /** What the record is to be; `undefined`: removed. */
  readonly next: (previous: Value | undefined) => Value | undefined;
  /** The stamp is after this one, and otherwise of `at`. */
  readonly after: Stamp | '';
  readonly at: number;
}

/** What of a host those need that keep maps and tables the same. */
export interface ModelHost {
  /** Brings in these records' partitions, or all of the map's. False: they cannot be had. */
  need(map: string, keys: readonly string[] | null): Promise<boolean>;
  /** As committed. `undefined` also while its partition is not here. */
  record(map: string, key: string): LwwRecord | undefined;
  /** Every record of the map that is committed, the removed ones too. */
  records(map: string): Iterable<readonly [key: string, record: LwwRecord]>;
  /** As staged. */
  staged(overlay: Overlay, map: string, key: string): LwwRecord | undefined;
  /** MO-5: writes it to the map, by nobody's rules, as its schema has it; else why that is refused. */
  take(overlay: Overlay, take: RowTake): DecidedCall | string;
  /** Has it decided in its turn. True once it is durable; false: nothing of it was written. */
  decide(decide: DecideCall): Promise<boolean>;
  /** MO-7: the marks that are set. */
  marks(): Iterable<string>;
  /** Sets or clears marks. False: nothing of it was written. */
  mark(marks: readonly string[], isSet: boolean): Promise<boolean>;
  /** Has these records written behind, though they have not changed. */
  owe(map: string, keys: readonly string[]): void;
  /** When there is room for more that is to be written behind. */
  room(): Promise<void>;
}
