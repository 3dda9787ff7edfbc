import { assertNever } from '../primitives/assert-never.js';
import type { LwwRecord } from './lww-record.js';
import type { Op } from './op.js';

/** What a map holds under each key. One map holds one type, fixed by the first op that was accepted. */
export type MapType = 'record' | 'set' | 'counter';

/** The type a state is of; `null` while nothing says it. */
export function typeOfRecord({ existence }: LwwRecord): MapType | null {
  if (existence === null) return null;
  switch (existence.op) {
    case 'create':
    case 'remove':
      return 'record';
    case 'set':
      return 'set';
    case 'counter':
      return 'counter';
    default:
      return assertNever(existence.op);
  }
}

/** The type of map that an op is for. */
export function typeOfOp({ kind }: Pick<Op, 'kind'>): MapType {
  switch (kind) {
    case 'create':
    case 'patch':
    case 'remove':
      return 'record';
    case 'add':
    case 'discard':
      return 'set';
    case 'count':
      return 'counter';
    default:
      return assertNever(kind);
  }
}

const NAMES: Readonly<Record<MapType, string>> = { record: 'records', set: 'sets of values', counter: 'counters' };

/** Why a patch or a removal finds nothing to change, as a sentence; the code is `record-absent` everywhere. */
export const recordAbsentText = (map: string, key: string): string =>
  `There is no record ${JSON.stringify(key)} in ${map} to change.`;

/** Why an op does not fit the map, as a sentence; the code is `type-mismatch` everywhere. */
export const typeMismatchText = (map: string, holds: MapType, wanted: MapType): string =>
  `The map ${map} holds ${NAMES[holds]}, not ${NAMES[wanted]}.`;
