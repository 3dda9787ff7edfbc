import { isSkewed, nextStamp, stampMillis, type ReplicaId, type Stamp } from '@topgun/core/clock';
import {
  decodeRecord,
  encodeRecord,
  isVisible,
  latestStamp,
  materialize,
  mergeRecords,
  opToRecord,
  typeOfRecord,
  EMPTY_RECORD,
  type FieldWrite,
  type LwwRecord,
  type MapType,
  type WireRecord,
} from '@topgun/core/crdt';
import {
  canonicalJson,
  checkKey,
  decodeValue,
  err,
  isMapName,
  isPlainObject,
  ok,
  type JsonValue,
  type Result,
  type Value,
} from '@topgun/core/primitives';
import { isSystemMap } from '../services/crdt/replica-owners.js';

/** PI-42: a record as one line of JSON. */
export interface RecordLine {
  readonly map: string;
  readonly key: string;
  /** Left out where the record never existed by itself, and of a plain record that somebody else has written. */
  readonly type?: MapType;
  /** What an app reads: an object or a single value, a list of a set's, a counter's number. Bytes are `{"$bytes": base64url}`. */
  readonly value?: JsonValue;
  /** It is removed: there is no value. */
  readonly removed?: true;
  /** When it ends, in ms since 1970. */
  readonly expiresAt?: number;
  /** Registers and stamps, in wire form: with them it merges as the record that it was. */
  readonly state?: WireRecord;
}

export function recordToLine(map: string, key: string, record: LwwRecord): string {
  const type = typeOfRecord(record);
  const value = materialize(record);
  const head = { map, key, ...(type === null || type === 'record' ? {} : { type }) };
  const shown =
    value === undefined ? { removed: true as const } : { value: JSON.parse(canonicalJson(value)) as JsonValue };
  const end = isVisible(record) ? (record.expiry?.at ?? null) : null;
  const line: RecordLine = {
    ...head,
    ...shown,
    ...(end === null ? {} : { expiresAt: end }),
    state: encodeRecord(record),
  };
  return JSON.stringify(line);
}

/** A record that is to be merged into what is there. */
export interface ImportedRecord {
  readonly map: string;
  readonly key: string;
  readonly record: LwwRecord;
}

export interface LineReading {
  /** Values alone count, under stamps of the moment: whatever is there is older. */
  readonly fresh: boolean;
  /** In ms since 1970. */
  readonly now: number;
  /** What maps hold already, by name. A map that a line begins is added. */
  readonly types: Map<string, MapType>;
}

const IMPORTER = '.import' as ReplicaId;

/** Reads lines of one import: each new stamp is later than the one before it. */
export class RecordLines {
  readonly #reading: LineReading;
  #last: Stamp | '' = '';

  constructor(reading: LineReading) {
    this.#reading = reading;
  }

  /** The record, or what is wrong with the line. */
  read(text: string): Result<ImportedRecord, string> {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return err('it is not JSON');
    }
    if (!isPlainObject(line as Value)) return err('a record is a JSON object');
    const { map, key, state } = line as Record<string, unknown>;
    if (!isMapName(map)) return err('its "map" is not the name of a map');
    if (isSystemMap(map)) return err(`the map ${map} is the server's own`);
    const keyFault = faultOfKey(key, (line as Record<string, unknown>)['type']);
    if (keyFault !== null) return err(keyFault);
    const keepsStamps = state !== undefined && (!this.#reading.fresh || isCounter(line));
    const record = keepsStamps ? this.#kept(state) : this.#fresh(map, key as string, line as Record<string, unknown>);
    if (!record.ok) return record;
    const clash = this.#fixType(map, record.value);
    return clash === null ? ok({ map, key: key as string, record: record.value }) : err(clash);
  }

  #kept(state: unknown): Result<LwwRecord, string> {
    const decoded = decodeRecord(state);
    if (!decoded.ok) return err(`its "state" is not that of a record: ${decoded.error.message}`);
    const latest = latestStamp(decoded.value);
    if (latest !== '' && isSkewed(latest, this.#reading.now)) {
      return err(`it was written on ${new Date(stampMillis(latest)).toISOString()}, which is yet to come`);
    }
    return decoded;
  }

  #fresh(map: string, key: string, line: Record<string, unknown>): Result<LwwRecord, string> {
    const { type = 'record', value, removed, expiresAt } = line;
    if (type === 'counter') return err('a counter is imported with its "state" only');
    if (type !== 'record' && type !== 'set') return err('its "type" is record, set or counter');
    if (removed === true) return ok(opToRecord({ ...this.#id(map, key), kind: 'remove' }));
    const decoded = value === undefined ? null : decodeValue(value);
    if (decoded?.ok !== true) return err(`its "value" is ${decoded === null ? 'missing' : decoded.error.message}`);
    if (type === 'set') return this.#set(map, key, decoded.value);
    if (expiresAt !== undefined && (!Number.isSafeInteger(expiresAt) || (expiresAt as number) < 0)) {
      return err('its "expiresAt" is a time in ms since 1970');
    }
    const fields: FieldWrite[] = isPlainObject(decoded.value)
      ? Object.entries(decoded.value).map(([name, part]) => ({ name, value: part }))
      : [{ name: '', value: decoded.value }];
    const end = expiresAt === undefined ? {} : { expiresAt: expiresAt as number };
    return ok(opToRecord({ ...this.#id(map, key), kind: 'create', fields, restart: false, ...end }));
  }

  #set(map: string, key: string, values: Value): Result<LwwRecord, string> {
    if (!Array.isArray(values) || values.length === 0) return err('the "value" of a set is a list that is not empty');
    let record = EMPTY_RECORD;
    for (const value of values as readonly Value[]) {
      record = mergeRecords(record, opToRecord({ ...this.#id(map, key), kind: 'add', value, tags: [] }));
    }
    return ok(record);
  }

  /** What keeps the record out of its map. */
  #fixType(map: string, record: LwwRecord): string | null {
    const type = typeOfRecord(record);
    const { types } = this.#reading;
    const held = types.get(map);
    if (type === null || type === held) return null;
    if (held !== undefined) return `the map ${map} holds ${NAMES[held]}, and this is one of ${NAMES[type]}`;
    types.set(map, type);
    return null;
  }

  #id(map: string, key: string) {
    this.#last = nextStamp(this.#last, this.#reading.now, IMPORTER);
    return { replica: IMPORTER, seq: 1, stamp: this.#last, map, key };
  }
}

const NAMES: Readonly<Record<MapType, string>> = { record: 'records', set: 'sets', counter: 'counters' };

const isCounter = (line: unknown): boolean => (line as Record<string, unknown>)['type'] === 'counter';

function faultOfKey(key: unknown, type: unknown): string | null {
  if (typeof key !== 'string') return 'its "key" is a text';
  // The counter of a name without a colon has the empty key.
  if (key === '' && type === 'counter') return null;
  const checked = checkKey(key);
  return checked.ok ? null : `its "key" cannot be one: ${checked.error.message}`;
}
