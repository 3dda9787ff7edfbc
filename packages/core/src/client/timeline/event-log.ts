import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import type { Clock } from '../ports/environment.js';
import type { StorageError } from '../ports/storage.js';
import type { ConnectionState } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { ClientTimeline, PersistenceAnswer, TimelineEvent, TimelineOpStep } from './client-timeline.js';

/** How many events are kept. */
export const TIMELINE_EVENTS = 1_000;

/** What the log takes of an op: its value stays where it is, and is not kept alive from here. */
type NamedOp = OpId & { readonly map: string; readonly key: string };

/** How the last write of a record that the server accepted ended. */
export interface AckNote {
  /** This device's clock, in ms since 1970. */
  readonly at: number;
  readonly op: string;
  readonly outcome: 'applied' | 'superseded';
}

/** A fault of local storage (CL-8). */
export interface FaultNote {
  /** This device's clock, in ms since 1970. */
  readonly at: number;
  readonly code: StorageError['code'];
  readonly message: string;
}

/** One place of the ring, written over in place. Which fields mean something depends on `type`. */
interface Place {
  at: number;
  type: TimelineEvent['type'];
  replica: ReplicaId | '';
  seq: number;
  map: string;
  key: string;
  /** A code, a state, or an op id. */
  detail: string | null;
}

/**
 * CL-35: what has happened in this tab lately, in a ring of fixed size. Noting an event writes a few fields of a place that is there
 * already: no text is made, and nothing looked for. Holds ids and keys, never a value.
 */
export class EventLog {
  readonly #clock: Clock;
  readonly #size: number;
  readonly #places: Place[] = [];
  #count = 0;
  #leads = false;
  #lastFault: FaultNote | null = null;
  #persistence: PersistenceAnswer | null = null;

  constructor(clock: Clock, size = TIMELINE_EVENTS) {
    this.#clock = clock;
    this.#size = size;
  }

  /** Whether this tab has taken the lead. */
  get leads(): boolean {
    return this.#leads;
  }

  get lastFault(): FaultNote | null {
    return this.#lastFault;
  }

  /** CL-8: `null`: the browser has not been asked, or has not answered yet. */
  get persistence(): PersistenceAnswer | null {
    return this.#persistence;
  }

  /** `at`: this device's clock, where it has been read already. */
  op(type: TimelineOpStep, op: NamedOp, at = this.#clock.now()): void {
    this.#note(type, at, op, null);
  }

  /** It happened to all of these at once. */
  entries(type: TimelineOpStep, entries: readonly { readonly op: NamedOp }[]): void {
    const at = this.#clock.now();
    for (const { op } of entries) this.#note(type, at, op, null);
  }

  rejected(op: NamedOp, code: string): void {
    this.#note('rejected', this.#clock.now(), op, code);
  }

  /** The op goes on under another id. */
  renamed(old: OpId, next: NamedOp): void {
    this.#note('renamed', this.#clock.now(), next, opIdText(old));
  }

  connection(state: ConnectionState, code: string | null): void {
    const place = this.#note('connection', this.#clock.now(), null, code);
    place.key = state;
  }

  leader(leads: boolean): void {
    this.#leads = leads;
    this.#note('leader', this.#clock.now(), null, leads ? 'this-tab' : 'another-tab');
  }

  storageFault({ code, message }: StorageError): void {
    const at = this.#clock.now();
    this.#lastFault = { at, code, message };
    this.#note('storage-fault', at, null, code);
  }

  evicted(map: string, reason: 'age' | 'size'): void {
    this.#note('evicted', this.#clock.now(), null, reason).map = map;
  }

  persistenceIs(answer: PersistenceAnswer): void {
    this.#persistence = answer;
    this.#note('storage-persistence', this.#clock.now(), null, answer);
  }

  /** As far as it is remembered. */
  lastAck(map: string, key: string): AckNote | null {
    for (let i = this.#count - 1; i >= 0 && i >= this.#count - this.#size; i--) {
      const place = this.#places[i % this.#size]!;
      const { type: outcome, at } = place;
      if ((outcome !== 'applied' && outcome !== 'superseded') || place.key !== key || place.map !== map) continue;
      return { at, op: opOf(place), outcome };
    }
    return null;
  }

  timeline(): ClientTimeline {
    const dropped = Math.max(0, this.#count - this.#size);
    const events: TimelineEvent[] = [];
    for (let i = dropped; i < this.#count; i++) events.push(eventOf(this.#places[i % this.#size]!));
    return { takenAt: this.#clock.now(), dropped, events };
  }

  #note(type: Place['type'], at: number, op: NamedOp | null, detail: string | null): Place {
    const index = this.#count++ % this.#size;
    let place = this.#places[index];
    if (place === undefined) {
      place = { at, type, replica: '', seq: 0, map: '', key: '', detail };
      this.#places.push(place);
    }
    place.at = at;
    place.type = type;
    place.replica = op === null ? '' : op.replica;
    place.seq = op === null ? 0 : op.seq;
    place.map = op === null ? '' : op.map;
    place.key = op === null ? '' : op.key;
    place.detail = detail;
    return place;
  }
}

const opOf = ({ replica, seq }: Place): string => `${replica}:${seq}`;

function eventOf(place: Place): TimelineEvent {
  const { at, type, map, key, detail } = place;
  switch (type) {
    case 'connection': {
      const state = key as ConnectionState;
      return detail === null ? { at, type, state } : { at, type, state, code: detail };
    }
    case 'leader':
      return { at, type, leader: detail as 'this-tab' | 'another-tab' };
    case 'storage-fault':
      return { at, type, code: detail as StorageError['code'] };
    case 'evicted':
      return { at, type, map, reason: detail as 'age' | 'size' };
    case 'storage-persistence':
      return { at, type, answer: detail as PersistenceAnswer };
    case 'rejected':
      return { at, type, op: opOf(place), map, key, code: detail ?? '' };
    case 'renamed':
      return { at, type, op: opOf(place), map, key, from: detail ?? '' };
    default:
      return { at, type, op: opOf(place), map, key };
  }
}
