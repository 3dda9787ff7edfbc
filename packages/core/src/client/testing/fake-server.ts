import { stampMillis, type ReplicaId } from '../../clock/index.js';
import {
  applyDecided,
  diffRecords,
  EMPTY_RECORD,
  encodeRecord,
  isVisible,
  materialize,
  opToWire,
  wireToOp,
  type LwwRecord,
  type Op,
  type WireRecord,
} from '../../crdt/index.js';
import {
  DEFAULT_LIMITS,
  toldLimits,
  type ClientMessage,
  type DecidedMessage,
  type ErrorCode,
  type Limits,
  type RejectionCode,
  type RowChange,
  type SubmitMessage,
} from '../../protocol/index.js';
import { createHolder, encodeDigest, HashTrie, recordHash, type Holder, type TrieReader } from '../../merkle/index.js';
import { decodeBase64url, encodeBase64url, partitionOf } from '../../primitives/index.js';
import { evaluate, WHOLE_MAP, windowSize, type Entry, type Query } from '../../query/index.js';
import type { Clock } from '../ports/environment.js';
import { fakeHash } from './fake-hash.js';
import type { FakeServer } from './fake-server-controls.js';
import type { MemoryTransport, ServerEnd } from './memory-transport.js';

type Rows = Map<string, LwwRecord>;

interface Sub {
  readonly map: string;
  readonly query: Query;
  n: number;
  rows: Rows;
  exchange: { readonly holder: Holder; readonly send: Set<string> } | null;
}

interface Session {
  readonly end: ServerEnd;
  readonly number: number;
  readonly subs: Map<number, Sub>;
  readonly replicas: Set<string>;
  /** SY-2: what its client knows to have been accepted. */
  readonly acked: Map<string, number>;
}

export function createFakeServer(options: {
  readonly transport: MemoryTransport;
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
}): FakeServer {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const records = new Map<string, Map<string, LwwRecord>>();
  const decided = new Map<string, number>();
  const refusals = new Map<string, { code: RejectionCode; reason: string }>();
  const taken: Op[] = [];
  const shownTokens: string[] = [];
  const submitted: { connection: number; partition: number; op: Op }[] = [];
  const sessions = new Set<Session>();
  let position = 0;
  let forgottenThrough = 0;
  let connections = 0;
  let heldDecisions: (() => void)[] | null = null;
  let heldAnswers: (() => void)[] | null = null;
  let judge: (op: Op) => RejectionCode | null = () => null;
  let change: (op: Op) => Op = (op) => op;
  let queryRefusal: ErrorCode | null = null;
  let helloRefusal: ErrorCode | null = null;
  let losesPush = false;
  let frozen = false;
  let replaced = 0;
  /** Counts backups put back: what subscriptions held before is not known after. */
  let era = 0;

  const recordsOf = (map: string): Map<string, LwwRecord> => {
    const found = records.get(map) ?? new Map<string, LwwRecord>();
    records.set(map, found);
    return found;
  };

  const answerTo = (map: string, query: Query): Map<string, LwwRecord> => {
    const maps = new Map([...records.keys()].map((name) => [name, entriesOf(name)]));
    return new Map(
      evaluate(windowed(query), searched(query, entriesOf(map)), { maps }).map(({ key }) => [
        key,
        recordsOf(map).get(key) ?? EMPTY_RECORD,
      ]),
    );
  };

  /** A search as plain as can be: the records that have the text somewhere. */
  const searched = ({ search }: Query, entries: Entry[]): Entry[] =>
    search === undefined ? entries : entries.filter(({ value }) => JSON.stringify(value).includes(search.text));

  function entriesOf(map: string): Entry[] {
    const entries: Entry[] = [];
    for (const [key, record] of recordsOf(map)) {
      const value = materialize(record);
      if (value !== undefined) entries.push({ key, value });
    }
    return entries;
  }

  const isFull = (query: Query, rows: ReadonlyMap<string, unknown>): boolean => rows.size >= windowSize(query);

  const trieOf = (rows: Rows): HashTrie => {
    const trie = new HashTrie(fakeHash);
    for (const [key, record] of rows) trie.set(key, recordHash(fakeHash, key, record));
    return trie;
  };

  /** The trie of the rows as they are whenever it is read. */
  const presentTrie = (sub: Sub): TrieReader => ({
    digest: () => trieOf(sub.rows).digest(),
    count: (path) => trieOf(sub.rows).count(path),
    sums: (path) => trieOf(sub.rows).sums(path),
    rows: (path) => trieOf(sub.rows).rows(path),
  });

  /** What subscriptions have held, by map and digest. */
  const formerRows = new Map<string, Rows>();
  const placeOf = (map: string, digest: readonly [number, string]): string => `${map} ${digest.join(' ')}`;

  function changesBetween(map: string, before: Rows, after: Rows): RowChange[] {
    const changes: RowChange[] = [];
    for (const [key, record] of after) {
      const old = before.get(key);
      if (old === undefined) changes.push(['enter', key, encodeRecord(record)]);
      else if (old !== record) changes.push(['update', key, encodeRecord(diffRecords(old, record))]);
    }
    for (const [key, old] of before) {
      if (after.has(key)) continue;
      const record = recordsOf(map).get(key);
      if (record === undefined || !isVisible(record)) changes.push(['gone', key]);
      else changes.push(['out', key, encodeRecord(diffRecords(old, record))]);
    }
    return changes;
  }

  /** SY-1, SY-2: the first answer, or the first turn of an exchange. */
  function answerSubscribe({ end, subs }: Session, message: Extract<ClientMessage, { type: 'subscribe' }>): void {
    const { sub, map, have } = message;
    const query = (message.query ?? WHOLE_MAP) as Query;
    const rows = answerTo(map, query);
    const full = isFull(query, rows);
    const held: Sub = { map, query, n: 1, rows, exchange: null };
    subs.set(sub, held);
    const answer = { type: 'rows' as const, sub, n: 0, through: position, done: true, full };
    if (have === undefined || server.resumes === 'all') {
      const changes = [...rows].map(([key, record]): RowChange => ['enter', key, encodeRecord(record)]);
      const anew = (message.through ?? 0) < forgottenThrough ? { anew: true as const } : {};
      end.send({ ...answer, changes, ...anew });
      return;
    }
    const trie = trieOf(rows);
    const former = formerRows.get(placeOf(map, have));
    if (encodeDigest(trie.digest()).join() === have.join()) {
      end.send({ type: 'same', sub, ...(position > 0 ? { through: position } : {}), ...(full ? { full } : {}) });
    } else if (server.resumes === 'diffs' && former !== undefined) {
      end.send({ ...answer, changes: changesBetween(map, former, rows), kept: true });
    } else {
      const holder = createHolder(presentTrie(held));
      held.exchange = { holder, send: new Set() };
      end.send({ type: 'level', sub, n: 0, nodes: encodeBase64url(holder.open()) });
    }
  }

  function takeTurn({ end, subs }: Session, { sub, nodes }: Extract<ClientMessage, { type: 'turn' }>): void {
    const held = subs.get(sub);
    const exchange = held?.exchange;
    const bytes = decodeBase64url(nodes);
    if (held === undefined || exchange === null || exchange === undefined || !bytes.ok) return;
    const turn = exchange.holder.receive(bytes.value);
    if (!turn.ok) throw new Error(`the client said nonsense: ${turn.error.reason}`);
    for (const key of turn.value.send) exchange.send.add(key);
    const said = { sub, n: held.n++, nodes: encodeBase64url(turn.value.reply) };
    if (!turn.value.isDone) {
      end.send({ type: 'level', ...said });
      return;
    }
    held.exchange = null;
    const changes = [...exchange.send].flatMap((key): RowChange[] => {
      const record = held.rows.get(key);
      return record === undefined ? [] : [['enter', key, encodeRecord(record)]];
    });
    const full = isFull(held.query, held.rows);
    end.send({ type: 'rows', ...said, through: position, changes, done: true, full, kept: true });
  }

  function pushTo(session: Session): void {
    const subs: { sub: number; n: number; changes: RowChange[]; full: boolean }[] = [];
    for (const [sub, subscription] of session.subs) {
      const after = answerTo(subscription.map, subscription.query);
      const changes = changesBetween(subscription.map, subscription.rows, after);
      if (changes.length === 0) continue;
      subscription.rows = after;
      subs.push({ sub, n: subscription.n++, changes, full: isFull(subscription.query, after) });
    }
    if (losesPush && subs.length > 0) losesPush = false;
    else session.end.send({ type: 'push', through: position, subs });
  }

  function pushAll(): void {
    for (const session of sessions) pushTo(session);
  }

  /** PI-11: once per replica and partition. */
  const streamOf = (op: Op): string => `${op.replica}/${partitionOf(fakeHash, op.map, op.key)}`;
  const isNew = (op: Op): boolean => op.seq > (decided.get(streamOf(op)) ?? 0);

  /** The highest sequence decided of a replica, in any partition. */
  function decidedOf(replica: ReplicaId): [ReplicaId, number] {
    let highest = 0;
    for (const [stream, seq] of decided) if (stream.startsWith(`${replica}/`)) highest = Math.max(highest, seq);
    return [replica, highest];
  }

  function decide(session: Session, message: SubmitMessage): void {
    const byReplica = new Map<
      string,
      {
        verdicts: [number, 'applied' | 'superseded'][];
        rejected: { seq: number; code: RejectionCode; reason: string }[];
      }
    >();
    const changed: Op[] = [];
    const ops = readOps(message);
    if (ops.some(isNew)) position += 1;
    for (const op of ops) {
      const answer = byReplica.get(op.replica) ?? { verdicts: [], rejected: [] };
      byReplica.set(op.replica, answer);
      const id = `${op.replica}:${op.seq}`;
      if (isNew(op)) {
        decided.set(streamOf(op), op.seq);
        const before = recordsOf(op.map).get(op.key) ?? EMPTY_RECORD;
        const isSkewed = stampMillis(op.stamp) > options.clock.now() + 60_000;
        const code = isSkewed
          ? 'clock-skew'
          : (op.kind === 'patch' || op.kind === 'remove') &&
              before.existence === null &&
              op.seq > (session.acked.get(op.replica) ?? 0)
            ? 'record-absent'
            : judge(op);
        if (code === null) {
          const stored = change(op);
          if (stored !== op) changed.push(stored);
          taken.push(stored);
          recordsOf(op.map).set(op.key, applyDecided(before, stored));
        } else {
          refusals.set(id, { code, reason: `refused: ${code}` });
        }
      }
      const refusal = refusals.get(id);
      if (refusal === undefined) answer.verdicts.push([op.seq, 'applied']);
      else answer.rejected.push({ seq: op.seq, ...refusal });
    }
    for (const [replica, answer] of byReplica) {
      const totals = totalsOf(ops.filter((op) => op.replica === replica));
      const own = changed.filter((op) => op.replica === replica).map(opToWire);
      const told = { ...answer, ...totals, ...(own.length === 0 ? {} : { changed: own }) };
      session.end.send({ type: 'decided', position, replica: replica as ReplicaId, ...told });
    }
    pushAll();
  }

  /** CR-7: the counters that the accepted deltas are part of. */
  function totalsOf(ops: readonly Op[]): Pick<DecidedMessage, 'totals'> {
    const counted = ops.filter((op) => op.kind === 'count' && !refusals.has(`${op.replica}:${op.seq}`));
    if (counted.length === 0) return {};
    const recordOf = ({ map, key }: Op): WireRecord => encodeRecord(recordsOf(map).get(key) ?? EMPTY_RECORD);
    const counters = new Map(counted.map((op) => [`${op.map}\0${op.key}`, op]));
    return { totals: Array.from(counters.values(), (op) => [op.map, op.key, recordOf(op)] as const) };
  }

  function readOps(message: SubmitMessage): Op[] {
    const ops: Op[] = [];
    for (const { replica, ops: wires } of message.batches) {
      for (const wire of wires) {
        const op = wireToOp(replica as ReplicaId, wire);
        if (!op.ok) throw new Error(`unreadable op: ${op.error.message}`);
        ops.push(op.value);
      }
    }
    return ops;
  }

  /** PI-11: a new connection closes older sessions of the same replicas. */
  function introduce(session: Session, replicas: readonly (readonly [string, ...number[]])[]): void {
    for (const [replica, , acked = 0] of replicas) {
      session.acked.set(replica, acked);
      session.replicas.add(replica);
      for (const other of [...sessions]) {
        if (other === session || !other.replicas.has(replica)) continue;
        replaced += 1;
        sessions.delete(other);
        const reason = 'A newer connection speaks for the same replica.';
        other.end.close({ code: 'refused', reason, error: { code: 'session-replaced', reason } });
      }
    }
  }

  function receive(session: Session, message: ClientMessage): void {
    if (frozen) return;
    const { end } = session;
    switch (message.type) {
      // What a test has somebody else answer.
      case 'read-journal':
      case 'end-journal':
      case 'ask-search':
      case 'end-search':
      case 'call':
        return;
      case 'ping':
        end.send({ type: 'pong', at: message.at, serverTime: options.clock.now(), through: position });
        return;
      case 'announce':
        introduce(session, message.replicas);
        end.send({
          type: 'announced',
          decided: message.replicas.map(([replica]) => decidedOf(replica as ReplicaId)),
          ...(server.hasGaps ? { gaps: true } : {}),
        });
        return;
      case 'submit': {
        for (const { replica } of message.batches) {
          if (!session.replicas.has(replica)) throw new Error(`replica ${replica} was not announced`);
        }
        for (const op of readOps(message)) {
          submitted.push({ connection: session.number, partition: partitionOf(fakeHash, op.map, op.key), op });
        }
        const answer = (): void => decide(session, message);
        if (heldDecisions === null) answer();
        else heldDecisions.push(answer);
        return;
      }
      case 'subscribe': {
        const { sub } = message;
        if (queryRefusal !== null) {
          end.send({ type: 'error', code: queryRefusal, reason: 'no such query', about: { sub }, fatal: false });
          return;
        }
        const answer = (): void => answerSubscribe(session, message);
        if (heldAnswers === null) answer();
        else heldAnswers.push(answer);
        return;
      }
      case 'turn':
        takeTurn(session, message);
        return;
      case 'token':
        shownTokens.push(message.token);
        return;
      case 'unsubscribe':
        session.subs.delete(message.sub);
        return;
    }
  }

  options.transport.onConnection((end) => {
    if (frozen) return;
    if (helloRefusal !== null) {
      end.close({ code: 'refused', reason: 'no', error: { code: helloRefusal, reason: 'not like this' } });
      return;
    }
    connections += 1;
    const session: Session = {
      end,
      number: connections,
      subs: new Map(),
      replicas: new Set(),
      acked: new Map(),
    };
    introduce(session, end.hello.replicas);
    sessions.add(session);
    const begunIn = era;
    end.onClose(() => {
      sessions.delete(session);
      if (begunIn !== era) return;
      for (const { map, rows } of session.subs.values())
        formerRows.set(placeOf(map, encodeDigest(trieOf(rows).digest())), rows);
    });
    end.onMessage((message) => receive(session, message));
    const told = toldLimits(limits);
    const takesSubs = server.takesSubs && (end.hello.subs ?? []).length > 0;
    end.send({
      type: 'welcome',
      ...(end.hello.lineage === server.lineage ? {} : { lineage: server.lineage }),
      position,
      serverTime: options.clock.now(),
      decided: end.hello.replicas.map(([replica]) => decidedOf(replica as ReplicaId)),
      ...(server.hasGaps ? { gaps: true } : {}),
      ...(takesSubs ? { subscribed: true } : {}),
      ...(told === undefined ? {} : { limits: told }),
    });
    if (takesSubs) end.takeSubs();
  });

  const release = (held: (() => void)[] | null): void => {
    for (const answer of held ?? []) answer();
  };

  const server: FakeServer = {
    records,
    taken,
    shownTokens,
    submitted,
    limits,
    lineage: 'lineage-1',
    hasGaps: false,
    resumes: 'exchange',
    takesSubs: true,
    position: () => position,
    holdDecisions: () => void (heldDecisions ??= []),
    releaseDecisions() {
      const held = heldDecisions;
      heldDecisions = null;
      release(held);
    },
    holdAnswers: () => void (heldAnswers ??= []),
    loseAnswers: () => void (heldAnswers = null),
    releaseAnswers() {
      const held = heldAnswers;
      heldAnswers = null;
      release(held);
    },
    releaseOneAnswer: () => heldAnswers?.shift()?.(),
    refuse: (next) => void (judge = next),
    change: (next) => void (change = next),
    refuseQueries: (code) => void (queryRefusal = code),
    refuseHello: (code) => void (helloRefusal = code),
    write(op) {
      position += 1;
      recordsOf(op.map).set(op.key, applyDecided(recordsOf(op.map).get(op.key), op));
      pushAll();
    },
    forget(map, key) {
      position += 1;
      forgottenThrough = position;
      recordsOf(map).delete(key);
      pushAll();
    },
    loseNextPush: () => void (losesPush = true),
    freeze: () => void (frozen = true),
    thaw: () => void (frozen = false),
    backUp() {
      const copy = {
        position,
        records: [...records].map(([map, rows]) => [map, new Map(rows)] as const),
        decided: [...decided],
        refusals: [...refusals],
        taken: taken.length,
      };
      return () => {
        ({ position } = copy);
        records.clear();
        for (const [map, rows] of copy.records) records.set(map, new Map(rows));
        decided.clear();
        for (const [stream, seq] of copy.decided) decided.set(stream, seq);
        refusals.clear();
        for (const [id, refusal] of copy.refusals) refusals.set(id, refusal);
        taken.length = copy.taken;
        formerRows.clear();
        era += 1;
        server.dropConnections();
      };
    },
    dropConnections() {
      for (const { end } of [...sessions]) end.close({ code: 'lost', reason: 'the server dropped it' });
    },
    replacedSessions: () => replaced,
    openConnections: () => [...sessions].filter(({ end }) => end.isOpen).length,
    rows(map) {
      const rows = new Map<string, unknown>();
      for (const [key, record] of recordsOf(map)) {
        const value = materialize(record);
        if (value !== undefined) rows.set(key, value);
      }
      return rows;
    },
    answer: (map, query) => answerTo(map, query).keys(),
  };
  return server;
}

/** SY-5, QU-45: with the server's slack, as at each level of `within`. */
function windowed(query: Query): Query {
  const { limit, within } = query;
  return {
    ...query,
    limit: limit === null ? null : windowSize(query),
    ...(within === undefined ? {} : { within: { ...within, query: windowed(within.query) } }),
  };
}
