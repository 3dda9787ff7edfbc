import {
  applyDecided,
  decodeRecord,
  EMPTY_RECORD,
  mergeRecords,
  typeOfOp,
  typeOfRecord,
  wireToOp,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { APPLIED, SUPERSEDED, type MergedRecord, type Segment, type SegmentEntry } from '../persistence/segment.js';
import { forget, markFromWire, type ForgetMark } from './forget-mark.js';
import { noteSeveralHosts } from './several-hosts.js';
import { migrateRecord, opVersion, recordVersion, type SchemaDefinition } from '@topgun/core/schema';
import type { MutableState } from './state-view.js';

/** Keys were judged by the limits of the day they were taken. */
export const AS_IT_WAS_TAKEN = { keyBytes: Number.MAX_SAFE_INTEGER, allowsEmptyPatch: true };

/** What an entry of the log does to the records of its partition, in this order. */
export interface RecordWork {
  readonly ops: readonly Op[];
  readonly merged: readonly ImportedRecord[];
  readonly forgotten: readonly ForgetMark[];
}

/** PI-42. */
export interface ImportedRecord {
  readonly map: string;
  readonly key: string;
  readonly record: LwwRecord;
}

/**
 * Does again to `state` what an entry decided: how far its replica is, what was refused, what maps hold, up to where something is forgotten. It needs
 * no records. Damage is told by its place; otherwise what is to be done to records is returned (`replayRecords`).
 */
export function replayDecisions(
  { partition, replica, ops, merged, forgotten, severalHosts }: SegmentEntry,
  state: MutableState,
): Result<RecordWork, string> {
  if (severalHosts === true) noteSeveralHosts(state);
  const accepted: Op[] = [];
  for (const [wire, verdict] of ops) {
    const seq = wire[0];
    if (seq <= state.decided(partition, replica)) {
      return err(`op ${seq} of replica ${replica} in partition ${partition} is there twice`);
    }
    if (verdict !== APPLIED && verdict !== SUPERSEDED) {
      state.decide(partition, replica, seq, { code: verdict[0], reason: verdict[1] });
      continue;
    }
    const decoded = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
    if (!decoded.ok) return err(`op ${seq} of replica ${replica}: ${decoded.error.message}`);
    state.fixMapType(decoded.value.map, typeOfOp(decoded.value));
    state.decide(partition, replica, seq);
    accepted.push(decoded.value);
  }
  const imported = decodeImported(merged ?? [], state);
  if (!imported.ok) return imported;
  if (forgotten !== undefined) state.forgetThrough(forgotten.through);
  const marks = (forgotten?.marks ?? []).map((mark) => markFromWire(partition, mark));
  return ok({ ops: accepted, merged: imported.value, forgotten: marks });
}

/** CR-7, PI-25: of an entry of a partition that another host has, what maps hold. */
export function noteMapTypes({ replica, ops, merged }: SegmentEntry, state: MutableState): Result<void, string> {
  for (const [wire, verdict] of ops) {
    if (state.mapType(wire[2]) !== undefined || (verdict !== APPLIED && verdict !== SUPERSEDED)) continue;
    const decoded = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
    if (!decoded.ok) return err(`op ${wire[0]} of replica ${replica}: ${decoded.error.message}`);
    state.fixMapType(wire[2], typeOfOp(decoded.value));
  }
  if (merged === undefined) return ok(undefined);
  const imported = decodeImported(merged, state);
  return imported.ok ? ok(undefined) : imported;
}

function decodeImported(
  merged: readonly MergedRecord[],
  state: MutableState,
): Result<readonly ImportedRecord[], string> {
  const imported: ImportedRecord[] = [];
  for (const [map, key, wire] of merged) {
    const decoded = decodeRecord(wire);
    if (!decoded.ok) return err(`${key} in ${map}: ${decoded.error.message}`);
    const type = typeOfRecord(decoded.value);
    if (type !== null) state.fixMapType(map, type);
    imported.push({ map, key, record: decoded.value });
  }
  return ok(imported);
}

/** Does again to `state` what one committed segment did: decisions and all. */
export function replaySegment(
  { entries }: Pick<Segment, 'entries'>,
  state: MutableState,
  schema?: SchemaDefinition,
): Result<void, string> {
  for (const entry of entries) {
    const work = replayDecisions(entry, state);
    if (!work.ok) return work;
    const done = replayRecords(entry.partition, work.value, state, schema);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

/** Does to the records of a partition what an entry did to them. */
export function replayRecords(
  partition: number,
  { ops, merged, forgotten }: RecordWork,
  state: MutableState,
  schema?: SchemaDefinition,
): Result<void, string> {
  for (const op of ops) {
    const { map, key } = op;
    const before = asOf(schema, op, state.record(partition, map, key));
    const after = applyDecided(before, op);
    // What changed nothing made no record either.
    if (after !== (before ?? EMPTY_RECORD)) state.putRecord(partition, map, key, after);
  }
  for (const { map, key, record } of merged) {
    const before = state.record(partition, map, key) ?? EMPTY_RECORD;
    const after = mergeRecords(before, record);
    if (after !== before) state.putRecord(partition, map, key, after);
  }
  for (const mark of forgotten)
    if (!forget(state, mark)) return err(`${mark.key} in ${mark.map} was not there to forget`);
  return ok(undefined);
}

/**
 * SC-11: the record as the op found it. Ops of the version before were merged into a record of that version; the first op of a later one found it brought
 * up to that.
 */
function asOf(schema: SchemaDefinition | undefined, op: Op, record: LwwRecord | undefined): LwwRecord | undefined {
  const version = opVersion(op);
  if (record === undefined || version <= recordVersion(record)) return record;
  const ofMap = schema?.of(op.map);
  return ofMap === undefined ? record : migrateRecord(ofMap, record, Math.min(version, ofMap.version));
}
