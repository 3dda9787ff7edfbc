import { decodeStamp, stampMillis, type ReplicaId } from '../../packages/core/src/clock/index.js';
import { isServerReplica, wireToOp, type LwwRecord, type Op, type WireOp } from '../../packages/core/src/crdt/index.js';
import type { Value } from '../../packages/core/src/primitives/index.js';
import type { LedgerSegment } from '../../server/src/ports/ledger.js';
import type { MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import type { Segment, WireMark } from '../../server/src/services/persistence/segment.js';
import { decodeSegment } from '../../server/src/services/persistence/segment-codec.js';
import { CALLS_REPLICA } from '../../server/src/services/procedures/kept-calls.js';
import type { CalledWrite } from './calls/call-oracle.js';
import type { Fault } from './faults.js';
import { idOf } from './op-id.js';
import { PlaceModel } from './place-model.js';
import { createShownValues } from './shown-values.js';
import { must, Violation } from './violation.js';

/** One decision as the ledger holds it. Of what was refused for its form it keeps no more than who, when and which record. */
export interface LedgerOp {
  readonly op: Op | null;
  readonly refusal: string | null;
  readonly position: number;
  /** Whether something of its record had been forgotten by then (CR-10). */
  readonly isForgotten: boolean;
  /** What showed of its record before, its end left aside, and what shows after. */
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** What the ledger says, worked out from its bytes alone: no host, no overlay, no view has a part in it. */
export interface LedgerModel {
  /** Reads what has come since. What is said below is said of this time. */
  catchUp(now: number): void;
  /** Every decision about a client's op, by op id; more than one is a fault. */
  readonly decided: ReadonlyMap<string, readonly LedgerOp[]>;
  /** What procedures have written. */
  readonly called: readonly CalledWrite[];
  /** Whether this ledger, or one that was replaced by an older state of it, has refused an op of that id. */
  hasRefused(id: string): boolean;
  readonly position: number;
  maps(): readonly string[];
  records(map: string): ReadonlyMap<string, LwwRecord>;
  /** What is visible. */
  values(map: string): ReadonlyMap<string, Value>;
  /**
   * Of what is not visible: when the removal, or something it had superseded, was last taken, or when it ended. `undefined`: it is visible,
   * or never was written.
   */
  removedAt(map: string, key: string): number | undefined;
  /** What the record showed at that position, its end left aside. */
  valueAt(map: string, key: string, position: number): Value | undefined;
  /** When something of the record was last taken. */
  takenAt(map: string, key: string): number;
  /** The records that ever showed this text in a field, as places. */
  placesOf(text: string): Iterable<readonly [map: string, key: string]>;
  /** The latest end, up to that time, of a record that is there still. */
  lastEnd(until: number): number;
  /** Whether this very unset field, or tag that was taken away, was forgotten (CR-10). */
  hasForgotten(map: string, key: string, stamp: string, field: string): boolean;
  /** Whether the field was unset after that stamp and this forgotten, by this ledger or by one that was replaced by an older state of it. */
  hasForgottenSince(map: string, key: string, stamp: string, field: string): boolean;
}

export interface LedgerModelOptions {
  readonly disk: MemoryDisk;
  /** How long removals are kept (CR-10). */
  readonly horizonMs: number;
  readonly fired: (fault: Fault) => void;
}

/** The server's own. */
const OWN_MAPS = '.topgun/';

const ANY_KEY = { keyBytes: Number.POSITIVE_INFINITY };

export function createLedgerModel({ disk, horizonMs, fired }: LedgerModelOptions): LedgerModel {
  const decided = new Map<string, LedgerOp[]>();
  const called: CalledWrite[] = [];
  const maps = new Map<string, Map<string, PlaceModel>>();
  const forgotten = new Set<string>();
  const refused = new Set<string>();
  const shown = createShownValues();
  /** The latest stamp, by record and field. */
  const forgottenUntil = new Map<string, string>();
  let position = 0;
  let now = 0;
  let last: LedgerSegment | undefined;
  /** So far the ledger was read once: what is read again does not happen again. */
  let readThrough = 0;

  function startOver(): void {
    for (const known of [decided, maps, forgotten]) known.clear();
    called.length = 0;
    shown.startOver();
    position = 0;
  }

  const fireNew = (fault: Fault): void => {
    if (position > readThrough) fired(fault);
  };

  function placeOf(map: string, key: string): PlaceModel {
    let places = maps.get(map);
    if (places === undefined) maps.set(map, (places = new Map()));
    let place = places.get(key);
    if (place === undefined) places.set(key, (place = new PlaceModel()));
    return place;
  }

  function take(op: Op): void {
    const place = placeOf(op.map, op.key);
    place.take(op, now);
    shown.note(op.map, op.key, position, place.lastingValue);
  }

  /** CR-9: of itself the server removes what has ended, at the time of its end, and nothing else. */
  function takeEnd(op: Op): void {
    const place = placeOf(op.map, op.key);
    const { endsAt } = place;
    const { millis, replica } = decodeStamp(op.stamp);
    const isRight = op.kind === 'remove' && isServerReplica(replica) && endsAt <= now && millis >= endsAt;
    must(
      isRight,
      'ended',
      () => `at ${now} the server decided ${JSON.stringify(op)} of a record that ends at ${endsAt}`,
    );
    take(op);
    fireNew('record-ended');
  }

  /** What it keeps for itself, as whose a replica is, is judged as records are; what it writes for others, with what they asked for. */
  function takeOwn(op: Op): void {
    if (op.map.startsWith(OWN_MAPS)) return take(op);
    if (op.replica !== CALLS_REPLICA) return takeEnd(op);
    const place = placeOf(op.map, op.key);
    // Its end left aside: by the time that this is read it may have come.
    const before = place.lastingValue;
    take(op);
    called.push({ op, position, before, after: place.lastingValue });
  }

  /** CR-10: what is forgotten is there, is older than the horizon, and leaves what shows as it was. */
  function forget(mark: WireMark): void {
    const [map, key, stamp, field] = mark;
    const place = placeOf(map, key);
    const before = place.value(now);
    must(place.forget(mark), 'forgotten', () => `${JSON.stringify(mark)} was forgotten, and was not there`);
    const age = now - stampMillis(stamp);
    must(age >= horizonMs, 'forgotten', () => `${JSON.stringify(mark)} was forgotten ${age} ms after it was written`);
    const after = place.value(now);
    must(JSON.stringify(before) === JSON.stringify(after), 'forgotten', () => {
      return `with ${JSON.stringify(mark)} forgotten ${map}/${key} is ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`;
    });
    forgotten.add(mark.join('\0'));
    const ofField = [map, key, field].join('\0');
    if (stamp > (forgottenUntil.get(ofField) ?? '')) forgottenUntil.set(ofField, stamp);
    fireNew('tombstones-collected');
  }

  /** Of what was refused for its form the op itself cannot be read. */
  function takeDecision(replica: ReplicaId, wire: WireOp, refusal: string | null): void {
    const id = idOf({ replica, seq: wire[0] });
    const decisions = decided.get(id) ?? [];
    decided.set(id, decisions);
    const isForgotten = maps.get(wire[2])?.get(wire[3])?.wasForgotten === true;
    // What follows a create that was refused with its transaction has no record to change either.
    if (refusal === 'transaction-refused' && wire[4] !== 'p') placeOf(wire[2], wire[3]).wasForgotten = true;
    const op = refusal === null ? readOp(replica, wire) : null;
    const valueOf = (): Value | undefined => maps.get(wire[2])?.get(wire[3])?.lastingValue;
    const before = valueOf();
    if (op !== null) take(op);
    decisions.push({ op, refusal, position, isForgotten, before, after: valueOf() });
    if (refusal !== null) refused.add(id);
  }

  function readOp(replica: ReplicaId, wire: WireOp): Op {
    const op = wireToOp(replica, wire, ANY_KEY);
    if (!op.ok)
      throw new Violation(
        'no-errors',
        `an op in segment ${position} cannot be read: ${JSON.stringify([replica, wire, op.error])}`,
      );
    return op.value;
  }

  function takeSegment({ entries }: Segment): void {
    for (const { replica, ops, forgotten: marks } of entries) {
      for (const [wire, verdict] of ops) {
        if (isServerReplica(replica)) takeOwn(readOp(replica, wire));
        else takeDecision(replica, wire, typeof verdict === 'number' ? null : verdict[0]);
      }
      for (const mark of marks?.marks ?? []) forget(mark);
    }
  }

  return {
    catchUp(at) {
      now = at;
      // What was written and not synced may be lost with the server's power.
      const { trimmed } = disk;
      const segmentAt = (index: number): LedgerSegment | undefined =>
        trimmed[index] ?? disk.segments[index - trimmed.length];
      if (segmentAt(position - 1) !== last) startOver();
      for (let segment = segmentAt(position); segment !== undefined; segment = segmentAt(position)) {
        position += 1;
        last = segment;
        const decoded = decodeSegment(segment.bytes);
        if (!decoded.ok)
          throw new Violation('no-errors', `segment ${position} cannot be read: ${decoded.error.reason}`);
        takeSegment(decoded.value);
      }
      readThrough = Math.max(readThrough, position);
    },
    decided,
    called,
    hasRefused: (id) => refused.has(id),
    get position() {
      return position;
    },
    maps: () => [...maps.keys()],
    records(map) {
      const records = new Map<string, LwwRecord>();
      for (const [key, { record }] of maps.get(map) ?? []) if (record !== undefined) records.set(key, record);
      return records;
    },
    values(map) {
      const values = new Map<string, Value>();
      for (const [key, place] of maps.get(map) ?? []) {
        const value = place.value(now);
        if (value !== undefined) values.set(key, value);
      }
      return values;
    },
    removedAt(map, key) {
      const place = maps.get(map)?.get(key);
      if (place === undefined || place.value(now) !== undefined) return undefined;
      return place.endsAt === Infinity ? place.takenAt : Math.max(place.takenAt, place.endsAt);
    },
    valueAt: shown.at,
    placesOf: shown.placesOf,
    takenAt: (map, key) => maps.get(map)?.get(key)?.takenAt ?? 0,
    lastEnd(until) {
      // Its own notes end when it has no more use for them.
      const shown = [...maps].flatMap(([map, places]) => (map.startsWith(OWN_MAPS) ? [] : [...places.values()]));
      const ends = shown.map(({ endsAt }) => endsAt);
      return Math.max(-Infinity, ...ends.filter((at) => at <= until));
    },
    hasForgotten: (...place) => forgotten.has(place.join('\0')),
    hasForgottenSince: (map, key, stamp, field) => (forgottenUntil.get([map, key, field].join('\0')) ?? '') > stamp,
  };
}
