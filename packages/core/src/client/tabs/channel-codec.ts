import { isReplicaId, type ReplicaId } from '../../clock/index.js';
import {
  checkWireOp,
  decodeRecord,
  encodeRecord,
  opToWire,
  wireToOp,
  type Op,
  type WireOp,
  type WireRecord,
} from '../../crdt/index.js';
import type { BaseChange, OutboxEntry, StoredRejection } from '../ports/storage.js';
import {
  parseArray,
  transactionToWire,
  wireToEntry,
  wireToTransaction,
  type WireTransaction,
} from '../storage/op-codec.js';
import { encodeEntries } from '../storage/outbox-chunks.js';
import type { Decision, MapChanges, TabEvent } from '../ports/tab-events.js';
import type { TabMessage } from './tab-message.js';

/**
 * Records and ops cross the channel in wire form: smaller to clone than maps of registers, and checked on arrival,
 * since a tab of another version may be at the other end.
 */
export const CHANNEL_VERSION = 4;

/** What is posted. `to: null`: to every tab. The shape is the same in every version, and so are `ask` and `answer` in it. */
export interface Envelope {
  readonly v: number;
  readonly from: string;
  readonly to: string | null;
  readonly body: unknown;
}

interface Coder {
  readonly op: (op: never) => unknown;
  readonly record: (record: never) => unknown;
}

type CodedOp = readonly [replica: string, op: WireOp, transaction?: WireTransaction];

const ENCODE: Coder = {
  op: (op: Op): CodedOp =>
    op.transaction === undefined
      ? [op.replica, opToWire(op)]
      : [op.replica, opToWire(op), transactionToWire(op.transaction)],
  record: encodeRecord,
};

/** Thrown inside this file only: one unreadable part makes the message unreadable. */
class Unreadable extends Error {}

const DECODE: Coder = {
  op: ([replica, wire, transaction]: CodedOp): Op => {
    if (!isReplicaId(replica) || checkWireOp(wire) !== null) throw new Unreadable();
    // Limits are the server's to judge: here the op is stored already.
    const op = wireToOp(replica, wire, {
      keyBytes: Number.POSITIVE_INFINITY,
      allowsEmptyPatch: true,
    });
    if (!op.ok) throw new Unreadable(op.error.message);
    if (transaction === undefined) return op.value;
    const whole = wireToTransaction(transaction);
    if (whole === null) throw new Unreadable();
    return { ...op.value, transaction: whole };
  },
  record: (wire: WireRecord) => {
    const record = decodeRecord(wire);
    if (!record.ok) throw new Unreadable(record.error.message);
    return record.value;
  },
};

/** From so many ops or records on a message is posted as text: a browser takes many times as long to copy so many small lists. */
export const TEXT_FROM = 64;

/** Durable ops as storage has encoded them: texts are copied fast, and these are there already. */
interface PersistedRows {
  readonly type: 'persisted';
  readonly rows: readonly (readonly [replica: ReplicaId, entries: string])[];
}

export function encodeTabMessage(message: TabMessage): unknown {
  if (message.type === 'persisted' && message.entries.length >= TEXT_FROM) {
    const rows = encodeEntries(message.entries);
    if (rows !== null) {
      return {
        type: 'persisted',
        rows: rows.map(({ replica, entries }) => [replica, entries]),
      } satisfies PersistedRows;
    }
  }
  const coded = recode(message, ENCODE);
  return isLarge(message) ? JSON.stringify(coded) : coded;
}

/** Whether it is of so many ops or records that to make it takes a while. */
export const isLarge = (message: TabMessage): boolean => partsOf(message) >= TEXT_FROM;

/** How many ops and records there are in it, or are named, where they may be many. */
function partsOf(message: TabMessage): number {
  if (message.type === 'persisted') return message.entries.length;
  if (message.type === 'tab') return message.pending.length;
  if (message.type !== 'event') return 0;
  const { event } = message;
  switch (event.type) {
    case 'changes':
      return event.maps.reduce((sum, { changes }) => sum + changes.length, 0);
    case 'persisted':
      return event.entries.length;
    case 'decided':
      return event.decisions.length;
    default:
      return 0;
  }
}

const KNOWN: Readonly<Record<TabMessage['type'], true>> = {
  event: true,
  leader: true,
  ask: true,
  answer: true,
  tab: true,
  'decided-earlier': true,
  announce: true,
  persisted: true,
  rejections: true,
  open: true,
  close: true,
  question: true,
  'end-question': true,
  input: true,
  ping: true,
  pong: true,
  bye: true,
};

/** `null` when it cannot be read. */
export function decodeTabMessage(body: unknown): TabMessage | null {
  try {
    const message = (typeof body === 'string' ? JSON.parse(body) : body) as TabMessage;
    if (message.type === 'persisted' && 'rows' in message) return decodeRows(message as unknown as PersistedRows);
    return Object.hasOwn(KNOWN, message.type) ? recode(message, DECODE) : null;
  } catch {
    return null;
  }
}

function decodeRows({ rows }: PersistedRows): TabMessage {
  const entries = rows.flatMap(([replica, text]) => {
    const wire = isReplicaId(replica) ? parseArray(text) : null;
    if (wire === null) throw new Unreadable();
    return wire.map((each) => {
      const entry = wireToEntry(replica, each);
      if (entry === null) throw new Unreadable();
      return entry;
    });
  });
  return { type: 'persisted', entries };
}

// Both directions have one shape: the same walk, with ops and records replaced. The casts are what that costs.
function recode(message: TabMessage, coder: Coder): TabMessage {
  if (message.type === 'persisted') return { ...message, entries: recodeEntries(message.entries, coder) };
  if (message.type === 'rejections') return { ...message, added: recodeRejections(message.added, coder) };
  return message.type === 'event' ? { ...message, event: recodeEvent(message.event, coder) } : message;
}

function recodeEvent(event: TabEvent, coder: Coder): TabEvent {
  switch (event.type) {
    case 'changes':
      return {
        ...event,
        maps: recodeMaps(event.maps, coder),
      };
    case 'another-ledger':
      return { ...event, returned: recodeEntries(event.returned, coder) };
    case 'persisted':
      return { ...event, entries: recodeEntries(event.entries, coder) };
    case 'decided':
      return {
        ...event,
        decisions: event.decisions.map((decision): Decision => ({
          ...decision,
          op: coder.op(decision.op as never) as Op,
        })),
        ...(event.totals === undefined ? {} : { totals: recodeMaps(event.totals, coder) }),
      };
    case 'clock':
      return { ...event, restamped: recodeEntries(event.restamped, coder) };
    case 'reissued':
      return {
        ...event,
        moved: event.moved.map(({ from, entry }) => ({ from, entry: recodeEntry(entry, coder) })),
      };
    case 'rejections':
      return { ...event, added: recodeRejections(event.added, coder) };
    case 'settled':
      return { ...event, members: [...event.members] };
    case 'progress':
    case 'unsettled':
    case 'subscription-failed':
    case 'connection':
    case 'answered':
      return event;
    default:
      // An event of a newer version: whoever receives it knows no such type and passes it over.
      return event;
  }
}

const recodeMaps = (maps: readonly MapChanges[], coder: Coder): MapChanges[] =>
  maps.map(({ map, changes }) => ({ map, changes: changes.map((change) => recodeChange(change, coder)) }));

const recodeEntries = (entries: readonly OutboxEntry[], coder: Coder): OutboxEntry[] =>
  entries.map((entry) => recodeEntry(entry, coder));

const recodeRejections = (rejections: readonly StoredRejection[], coder: Coder): StoredRejection[] =>
  rejections.map((rejection) => ({ ...rejection, op: coder.op(rejection.op as never) as Op }));

const recodeEntry = (entry: OutboxEntry, coder: Coder): OutboxEntry => ({
  ...entry,
  op: coder.op(entry.op as never) as Op,
});

const recodeChange = (change: BaseChange, coder: Coder): BaseChange =>
  change.type === 'drop' ? change : { ...change, delta: coder.record(change.delta as never) as typeof change.delta };
