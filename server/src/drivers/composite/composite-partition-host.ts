import type { ReplicaId } from '@topgun/core/clock';
import { assertNever, partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import { NO_ACCESS, visibilityOf, type Access, type Rules } from '@topgun/core/rules';
import { SessionRegistry } from '../../op-pipeline/session-registry.js';
import type { SessionFault } from '../../op-pipeline/stages.js';
import type { Logger, Random, Timers } from '../../ports/environment.js';
import {
  NO_SESSION,
  type Committed,
  type HostCommand,
  type HostEvent,
  type PartitionHost,
  type PeerCommand,
  type SessionId,
  type ViewDiffs,
} from '../../ports/partition-host.js';
import { CALLS_MAP, callerKey } from '../../services/procedures/kept-calls.js';
import { answerJournal, NOTHING_SEEN } from '../../services/journal/answer-journal.js';
import { Journal } from '../../services/journal/journal.js';
import { decodeEvent } from '../../services/journal/journal-part.js';
import type { StoredCommits } from '../../services/journal/stored-commits.js';
import { GridState } from '../../services/crdt/grid-state.js';
import { Overlay } from '../../services/crdt/overlay.js';
import { createLostHistory, type LostHistory } from '../../services/retention/lost-history.js';
import type { SearchDefinitions } from '../../services/search/read-search.js';
import { shownValue } from '../../services/query/shown-value.js';
import { Exchanges } from '../../services/sync/exchanges.js';
import { JoinedEvents, type CommittedPart } from '../../services/sync/joined-events.js';
import { HELD_ELSEWHERE, othersReplica, OWNER_UNREADABLE, REPLACED } from '../host-texts.js';
import { isPeerCommand } from '../peer-commands.js';
import { viewAnswer } from '../view-answer.js';
import { SessionTurns } from '../session-turns.js';
import { Announcements, type Announcement } from './announcements.js';
import { DerivedViews } from './derived-views.js';
import { Feeds } from './feeds.js';
import { JointCalls } from './joint-calls.js';
import { JointQuotas } from './joint-quotas.js';
import { JointFacts } from './joint-facts.js';
import { JointTurns } from './joint-turns.js';
import { LookUps } from './look-ups.js';
import { MergedViews } from './merged-views.js';
import type { SharedLedger } from './shared-ledger.js';
import { Submits } from './submits.js';

export interface CompositeHostOptions {
  /** Each over its own ledger of the shared one, in the same order. */
  readonly members: readonly PartitionHost[];
  readonly ledger: SharedLedger;
  /** Which of them has a partition. */
  readonly memberOf: (partition: number) => number;
  readonly hash: Hash64;
  readonly random: Random;
  readonly timers: Timers;
  readonly log: Logger;
  readonly limits: { readonly wholeMapRows: number };
  /** PI-9: the same as the members have. */
  readonly rules?: Rules;
  /** What is searched of each map: the same as the members have. */
  readonly search?: SearchDefinitions;
  /** PI-49: the same as the members have. */
  readonly quotas?: ReadonlyMap<string, number> | undefined;
  /** JO-1: the journal that the members keep, as it is in the ledger of all. Left out, none is kept. */
  readonly journal?: StoredCommits | undefined;
}

type SessionCommand = Exclude<HostCommand, PeerCommand>;
type OpenView = Extract<HostCommand, { type: 'open-view' }>;

/**
 * PI-25: one host made of several, each of which owns some of the partitions outright: it divides what comes for them, and joins what they say. It holds no
 * records but the rows of queries that are open.
 */
export function createCompositePartitionHost(options: CompositeHostOptions): PartitionHost {
  const { hash, ledger, limits, log, memberOf, members, random, rules, timers } = options;
  const listeners = new Set<(event: HostEvent) => void>();
  const sessions = new SessionRegistry(
    rules === undefined ? () => null : (identity) => rules.for(identity?.claims ?? {}),
  );
  const exchanges = new Exchanges((session, view, held, sent) => {
    if (sessions.get(session)?.isFromElsewhere !== true) return;
    const otherwise = held - (view.size - sent);
    if (otherwise > 0) log.warn(HELD_ELSEWHERE, { session, map: view.map, rows: otherwise });
  });
  let hasStopped = false;
  let hasStarted = false;
  let draining = false;
  let forgottenThrough = 0;
  /** The last commit that everybody has been told of. */
  let through = 0;
  /** How far the replicas are that are being judged. */
  let decidedAnywhere: ReadonlyMap<ReplicaId, number> = new Map();

  const emit = (event: HostEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const send = (member: number, command: HostCommand): void => members[member]!.send(command);
  const toAll = (command: HostCommand): void => {
    for (const member of members) member.send(command);
  };

  const events = new JoinedEvents(members.length, { event: (member, event) => heard(member, event), committed });
  ledger.onCommitted(({ position, members: parts }) => events.expect(position, parts));
  const feeds = new Feeds(members);
  const { wholeMapRows } = limits;
  const onSettled = (diffs: readonly ViewDiffs[]): void => {
    if (diffs.length > 0) emit({ type: 'committed', position: through, verdicts: [], diffs, outgrown: [] });
  };
  const shared = { feeds, hash, timers, members: members.length, wholeMapRows, onSettled };
  const { search = {} } = options;
  const views = new MergedViews({ ...shared, memberOf, search });
  const derived = new DerivedViews({ ...shared, position: () => events.position });
  const facts = new JointFacts({ members, search, emit, position: () => events.position });
  const announcements = new Announcements({ hash, members: members.length, memberOf, send });
  const fail = (session: SessionId, { code, reason }: SessionFault): void => {
    end(session);
    emit({ type: 'session-error', session, code, reason, fatal: true });
  };
  const jointTurns = new JointTurns();
  const submits = new Submits({ hash, memberOf, ledger, turns: jointTurns, send, toAll, onFault: fail });
  const lookUps = new LookUps({ hash, members: members.length, memberOf, send });
  const calls = new JointCalls({ hash, members: members.length, memberOf, turns: jointTurns, ledger, send, toAll });
  const quotas = new JointQuotas(options.quotas ?? new Map(), members.length);
  let history: LostHistory | null = null;
  let journal: Journal | null = null;

  /** Nothing more of it is taken, by any host. */
  const end = (id: SessionId): void => {
    const session = sessions.get(id);
    if (session !== undefined) sessions.revoke(session);
    turns.end(id);
    submits.failed(id);
    closeViews(id);
    toAll({ type: 'session-closed', session: id });
  };

  const closeView = (session: SessionId, sub: number): void => {
    views.close(session, sub);
    derived.close(session, sub);
  };

  const closeViews = (session: SessionId): void => {
    facts.endAll(session);
    journal?.endAll(session);
    announcements.closed(session);
    exchanges.closeSession(session);
    views.closeSession(session);
    derived.closeSession(session);
  };

  const isFromElsewhere = (command: Announcement, decided: ReadonlyMap<ReplicaId, number>): boolean => {
    const { lineage = null, replicas, session } = command;
    decidedAnywhere = decided;
    return history?.judge(session, replicas, lineage) === true;
  };

  const announce = async (command: Announcement): Promise<() => void> => {
    const { session } = command;
    const identity = command.identity ?? sessions.get(session)?.identity ?? null;
    const replicas = command.replicas.map(([replica]) => replica);
    let own: readonly ReplicaId[] = [];
    if (identity !== null) {
      const { principal } = identity;
      const checked = await announcements.check(session, replicas, principal);
      const foreign = checked.foreign[0] ?? replicas.find((replica) => sessions.isSpokenForByOther(replica, principal));
      if (checked.failed) return () => fail(session, OWNER_UNREADABLE);
      if (foreign !== undefined) return () => fail(session, othersReplica(foreign));
      ({ own } = checked);
    }
    for (const replaced of sessions.announce(session, command.replicas, identity)) {
      emit({ type: 'session-error', session: replaced, ...REPLACED });
      closeViews(replaced);
      submits.closed(replaced);
    }
    const known = sessions.get(session);
    if (known === undefined) return () => {};
    submits.bound(known, own);
    const issued = command.replicas.map(([replica, seq]) => [replica, seq] as const);
    // SY-2: what a client has had accepted is judged by all that was ever decided, not by what one host has of it.
    const decided = await announcements.announce({ ...command, replicas: issued, lineage: null });
    if (isFromElsewhere(command, decided)) known.isFromElsewhere = true;
    if (known.isFromElsewhere) await announcements.announce({ ...command, lineage: null });
    return () => {
      emit({
        type: 'announced',
        session,
        decided: replicas.map((replica) => [replica, decided.get(replica) ?? 0]),
        position: events.position,
        // Hosts decide ops of one replica in an order of their own: a log that was put back may have one, and lack an earlier one of another host.
        ...(known.isFromElsewhere ? { gaps: true } : {}),
      });
    };
  };

  const openView = ({ session, sub, map, query, have = null, heldThrough = 0 }: OpenView): void => {
    const known = sessions.get(session);
    if (known === undefined) return;
    const seenKeyOf = (name: string): string =>
      rules === undefined ? '' : (visibilityOf(known.access?.of(name) ?? NO_ACCESS, name, shownValue)?.key ?? '');
    closeView(session, sub);
    const isDerived = query.groupBy !== undefined || query.within !== undefined;
    (isDerived ? derived : views).open({
      session,
      sub,
      map,
      query,
      identity: known.identity ?? undefined,
      seenKey: mapsOf(map, query).map(seenKeyOf).join('\0'),
      onOpened(view) {
        const anew = heldThrough < forgottenThrough;
        emit(viewAnswer({ session, sub, view, have, anew, through: events.position }, exchanges));
      },
      onRefused: (error) => emit({ type: 'view-refused', session, sub, error }),
      onCost: (looked) => emit({ type: 'view-cost', session, looked }),
    });
  };

  const perform = (command: SessionCommand): void => {
    switch (command.type) {
      case 'announce':
        turns.pause(command.session, announce(command));
        return;
      case 'submit': {
        const session = sessions.get(command.session);
        if (!draining && session !== undefined) submits.take(session, command);
        return;
      }
      case 'open-view':
        exchanges.close(command.session, command.sub);
        openView(command);
        return;
      case 'exchange': {
        const { session, sub, nodes } = command;
        const through = events.position;
        const outcome = exchanges.receive(session, sub, nodes, through);
        if (outcome === null) return;
        if (outcome === 'all') {
          const view = views.find(session, sub) ?? derived.find(session, sub);
          if (view !== undefined) emit(viewAnswer({ session, sub, view, have: null, anew: true, through }, exchanges));
          return;
        }
        if (outcome.type === 'exchange-failed') closeView(session, sub);
        emit(outcome);
        return;
      }
      case 'close-view':
        exchanges.close(command.session, command.sub);
        closeView(command.session, command.sub);
        return;
      case 'read-journal': {
        const { session, question } = command;
        const tell = (answer: Extract<HostEvent, { type: 'journal-answered' }>['answer']): void =>
          emit({ type: 'journal-answered', session, answer });
        const access = (): Access | null =>
          sessions.get(session)?.access ?? (rules === undefined ? null : NOTHING_SEEN);
        answerJournal(journal, session, question, access, tell, log);
        return;
      }
      case 'call': {
        const session = sessions.get(command.session);
        if (draining || session === undefined) return;
        const caller = callerKey(command.call.caller, session.identity?.principal ?? null);
        // What is kept of a caller's calls is a record there.
        send(memberOf(partitionOf(hash, CALLS_MAP, caller)), command);
        return;
      }
      case 'ask-search':
        facts.ask(command.session, command.question, sessions.get(command.session)?.identity ?? undefined);
        return;
      case 'end-search':
        facts.end(command.session, command.id);
        return;
      case 'end-journal':
        journal?.end(command.session, command.id);
        return;
      case 'session-closed':
        submits.closed(command.session);
        closeViews(command.session);
        sessions.close(command.session);
        toAll(command);
        return;
      default:
        assertNever(command);
    }
  };

  const turns = new SessionTurns<SessionCommand>((command) => events.after(() => perform(command)));

  const heard = (member: number, event: HostEvent): void => {
    if (feeds.take(member, event) || facts.take(member, event)) return;
    switch (event.type) {
      case 'announced':
        announcements.announced(member, event);
        return;
      case 'replicas-checked':
        announcements.checked(event);
        return;
      case 'session-settled':
        submits.settled(member, event.session);
        return;
      case 'judged':
        submits.judged(member, event);
        return;
      case 'tried':
        if (!calls.tried(member, event)) submits.tried(member, event);
        return;
      case 'enter-lane':
        void calls.enterLane(member, event);
        return;
      case 'leave-lane':
        calls.leaveLane(member, event);
        return;
      case 'look-up':
        lookUps.ask(member, event);
        return;
      case 'looked-up':
        lookUps.answered(member, event);
        return;
      case 'propose-call':
        calls.propose(member, event);
        return;
      case 'call-part-ended':
        calls.ended(member, event);
        return;
      case 'call-answered':
        emit(event);
        return;
      case 'committed':
        // Verdicts once more, of commits that everybody has been told of; or what searches show apart from commits.
        feeds.hold(event);
        submits.committed([{ member, event }]);
        if (event.verdicts.length > 0) tell({ ...event, diffs: [], outgrown: [], position: events.position });
        return;
      case 'maps-measured':
        tellFull([[member, event.mapBytes]]);
        return;
      case 'session-error': {
        const { code, reason, session } = event;
        const isKnown = sessions.get(session)?.revoked === false;
        submits.failed(session);
        if (isKnown) fail(session, { code, reason });
        return;
      }
      case 'fenced':
      case 'ledger-lost':
      case 'ledger-damaged':
        if (!hasStopped) emit(event);
        hasStopped = true;
        return;
      default:
      // Hosts are asked for nothing else but by feeds.
    }
  };

  const tellFull = (said: Parameters<JointQuotas['take']>[0]): void => {
    const changed = quotas.take(said);
    if (!hasStarted) return;
    for (const [map, isFull] of changed) toAll({ type: 'fill-map', session: NO_SESSION, map, isFull });
  };

  function committed(position: number, parts: readonly CommittedPart[]): void {
    for (const { event } of parts) forgottenThrough = Math.max(forgottenThrough, event.forgottenThrough ?? 0);
    // Before anybody is told of the commit: what they send then is judged by what it has made of the maps.
    tellFull(parts.map(({ event, member }) => [member, event.mapBytes ?? []]));
    onSettled(views.settle());
    through = position;
    const changed = feeds.committed(parts);
    const news = [views.apply(changed), derived.apply(changed)];
    tell({
      type: 'committed',
      position,
      verdicts: parts.flatMap(({ event }) => event.verdicts),
      diffs: news.flatMap(({ diffs }) => diffs),
      outgrown: news.flatMap(({ outgrown }) => outgrown),
    });
    submits.committed(parts);
    journal?.note(position, parts.flatMap(({ event }) => event.journal ?? []).map(decodeEvent));
  }

  const tell = (event: Committed): void => {
    // Of a replica that has only been bound nothing is told.
    const verdicts = event.verdicts.filter(({ accepted, rejected }) => accepted.length + rejected.length > 0);
    emit({ ...event, verdicts });
  };

  return {
    async start() {
      const ownership = await ledger.claim();
      const { position } = ownership;
      events.startAt(position);
      through = position;
      if (options.journal !== undefined) journal = new Journal({ stored: options.journal, position });
      for (const [member, host] of members.entries()) host.onEvent((event) => events.take(member, event));
      const started = await Promise.all(members.map((member) => member.start()));
      for (const [member, { mapBytes = [] }] of started.entries()) quotas.begin(member, mapBytes);
      hasStarted = true;
      for (const map of quotas.full) toAll({ type: 'fill-map', session: NO_SESSION, map, isFull: true });
      forgottenThrough = Math.max(...started.map((one) => one.forgottenThrough ?? 0));
      const lineage = started[0]?.lineage ?? ownership.lineage;
      ledger.begin(lineage);
      history = createLostHistory({
        ownership,
        state: { decidedAnywhere: (replica) => decidedAnywhere.get(replica) ?? 0 },
        upkeep: (decide) => ledger.append(decide(new Overlay(new GridState()))),
        mint: () => random.id(24),
        log,
        renamed(name) {
          toAll({ type: 'rename-history', session: NO_SESSION, lineage: name });
          emit({ type: 'history-changed', lineage: name });
        },
      });
      return { lineage, position };
    },
    send(command) {
      if (isPeerCommand(command)) throw new Error('a host of several is not one of several itself');
      if (command.type === 'session-closed') turns.end(command.session);
      turns.take(command.session, command);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      draining = true;
      await submits.idle();
      await Promise.all(members.map((member) => member.drain()));
    },
    async stop() {
      draining = true;
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}

/** Those that the query is about, its own first. */
const mapsOf = (map: string, { within }: Query): string[] => [
  map,
  ...(within === undefined ? [] : mapsOf(within.map, within.query)),
];
