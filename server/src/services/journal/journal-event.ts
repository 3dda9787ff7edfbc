import type { Stamp } from '@topgun/core/clock';
import { isVisible, type LwwRecord, type Op } from '@topgun/core/crdt';
import { sameValue, type Value } from '@topgun/core/primitives';
import { seenValue, type MapAccess } from '@topgun/core/rules';
import { shownValue } from '../query/shown-value.js';

/** JO-1: one op that changed what shows of a record. */
export interface JournalEvent {
  readonly type: 'add' | 'update' | 'remove';
  readonly map: string;
  readonly key: string;
  /** What shows since; absent: nothing. */
  readonly value?: Value;
  /** What had shown before; absent: nothing. */
  readonly previous?: Value;
  /** The principal that wrote it; `null`: nobody in particular, or the server itself. */
  readonly author: string | null;
  readonly stamp: Stamp;
}

type Change = Pick<JournalEvent, 'map' | 'key' | 'author' | 'stamp'>;

/** JO-1: what an op has made of a record; `null`: nothing that shows. */
export function eventOf(
  op: Pick<Op, 'map' | 'key' | 'stamp'>,
  before: LwwRecord | undefined,
  after: LwwRecord | undefined,
  author: string | null,
): JournalEvent | null {
  const { map, key, stamp } = op;
  return eventBetween({ map, key, author, stamp }, shown(before), shown(after));
}

/**
 * JO-4: the event as the bearer of a token may know of it: for it, what it may not read is not there, now or before. `null`: nothing changed that it
 * could see.
 */
export function seenEvent(event: JournalEvent, access: MapAccess): JournalEvent | null {
  const { map, key, author, stamp, value, previous } = event;
  const seen = (one: Value | undefined): Value | undefined =>
    one === undefined ? undefined : seenValue(access, map, key, one);
  return eventBetween({ map, key, author, stamp }, seen(previous), seen(value));
}

function eventBetween(change: Change, previous: Value | undefined, value: Value | undefined): JournalEvent | null {
  if (previous === undefined) return value === undefined ? null : { type: 'add', ...change, value };
  if (value === undefined) return { type: 'remove', ...change, previous };
  if (sameValue(value, previous)) return null;
  return { type: 'update', ...change, value, previous };
}

const shown = (record: LwwRecord | undefined): Value | undefined =>
  record !== undefined && isVisible(record) ? shownValue(record) : undefined;
