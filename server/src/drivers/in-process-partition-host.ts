import type { ReplicaId } from '@topgun/core/clock';
import type { Resolvers } from '@topgun/core/crdt';
import { assertNever, partitionOf, type Hash64 } from '@topgun/core/primitives';
import { NO_ACCESS, visibilityOf, type Access, type Rules } from '@topgun/core/rules';
import type { SchemaDefinition } from '@topgun/core/schema';
import { createOpPipeline, type OpLimits } from '../op-pipeline/op-pipeline.js';
import { SessionRegistry } from '../op-pipeline/session-registry.js';
import { NO_AUDIT, type AuditLog } from '../ports/audit-log.js';
import type { Clock, Logger, Random, Timers } from '../ports/environment.js';
import type { Ledger } from '../ports/ledger.js';
import {
  NO_SESSION,
  type HostCommand,
  type HostEvent,
  type HostStarted,
  type PartitionHost,
  type SessionId,
} from '../ports/partition-host.js';
import { createLostHistory } from '../services/retention/lost-history.js';
import { claimLedger } from '../services/coordination/ledger-ownership.js';
import type { SnapshotPolicy } from '../services/persistence/snapshot-schedule.js';
import type { SnapshotStore } from '../ports/snapshot-store.js';
import { gaugesOf, type Running } from './running-host.js';
import type { HostGauges } from '../ports/host-gauges.js';
import { beginModels, type BeginModelsOptions } from './models/begin-models.js';
import { createHostCalls, type HostCallsOptions } from './host-calls.js';
import { load } from './load-partitions.js';
import type { LoadFailure } from '../services/loading/load-failure.js';
import { DAMAGED, HELD_ELSEWHERE, othersReplica, OWNER_UNREADABLE, REPLACED } from './host-texts.js';
import { createSettling } from './host-settling.js';
import { startUnloading } from './host-unloading.js';
import { createHostCounts, createJointSearches } from './host-searches.js';
import { createPeerCommands, isPeerCommand, JUDGED_BEFORE } from './peer-commands.js';
import { toldToPeers } from './told-to-peers.js';
import { ruleThrew } from './rule-threw.js';
import { SessionTurns } from './session-turns.js';
import { viewAnswer } from './view-answer.js';
import { createViewOpening } from './view-opening.js';
import { ownerOf, REPLICAS_MAP } from '../services/crdt/replica-owners.js';
import type { ServerHooks } from '../services/hooks/server-hooks.js';
import type { WriteBehind } from '../services/persistence/write-behind.js';
import { gapsFor } from '../services/crdt/several-hosts.js';
import { createQuotas } from '../services/crdt/quota-share.js';
import { createRetention, DEFAULT_RETENTION } from '../services/retention/retention.js';
import { recordSourceOf } from '../services/query/record-source.js';
import { shownValue } from '../services/query/shown-value.js';
import { ViewRegistry, type SeenOf } from '../services/query/view-registry.js';
import type { Pieces } from '../services/query/view-turns.js';
import { AwaitedViews } from '../services/query/awaited-views.js';
import { keptIndexes } from '../services/search/kept-indexes.js';
import type { SearchOptions } from '../services/search/searches.js';
import { answerJournal, NOTHING_SEEN } from '../services/journal/answer-journal.js';
import { Journal } from '../services/journal/journal.js';
import { eventsOf } from '../services/journal/journal-part.js';
import { StoredCommits } from '../services/journal/stored-commits.js';
import type { HashSeed } from '../services/slab/half-sip-hash.js';
import { Exchanges } from '../services/sync/exchanges.js';

export interface InProcessHostOptions
  extends SearchOptions, Pick<HostCallsOptions & BeginModelsOptions, 'procedures' | 'models'> {
  readonly ledger: Ledger;
  /** PI-13: where snapshots are kept. Left out, none are taken, and every start reads the whole ledger. */
  readonly snapshots?: SnapshotStore;
  /** PI-14: how much of the log is kept beside them. */
  readonly snapshotPolicy?: SnapshotPolicy;
  /** PI-46: what records may take in memory, in bytes; what of them nobody needs goes then, where there are `snapshots`. Left out: all are brought in, and stay. */
  readonly memory?: number | undefined;
  /** PI-49: what the records of maps may take, in bytes, by map. Left out: as much as there is. */
  readonly quotas?: ReadonlyMap<string, number>;
  /** PI-4: takes what commits have changed on to the cold store. */
  readonly writeBehind: WriteBehind;
  readonly hash: Hash64;
  readonly clock: Clock;
  readonly random: Random;
  /** PI-24: what keys are found in memory by. Left out, anybody can say which keys have one hash. */
  readonly seed?: HashSeed;
  readonly timers: Timers;
  readonly log: Logger;
  readonly limits: OpLimits & { readonly wholeMapRows: number };
  /** PI-9: who may do what. Left out, everybody may do everything. */
  readonly rules?: Rules;
  /** AB-7: is told of functions of rules that throw. */
  readonly audit?: AuditLog;
  /** What maps make of writes to what has a value. Left out, the later write wins everywhere. */
  readonly resolvers?: Resolvers | undefined;
  /** What the app's server does with ops. Left out: nothing. */
  readonly hooks?: ServerHooks;
  /** SC-4: what maps hold. Left out, nothing is checked. */
  readonly schema?: SchemaDefinition;
  /** QU-50: what is done in one piece. */
  readonly pieces?: Pieces;
  /** CR-10: after so long removals are forgotten. Default: 30 days. */
  readonly tombstonesMs?: number;
  /** JO-1: of which maps a journal is kept, and for how long at least, in ms. Left out, none is. */
  readonly journal?: { readonly keeps: (map: string) => boolean; readonly keepMs: number };
  /** PI-25: the partitions that are this host's; others that share the ledger have the rest. Left out, all are. */
  readonly owns?: (partition: number) => boolean;
}

type JournalAnswered = Extract<HostEvent, { type: 'journal-answered' }>['answer'];
type Announcement = Extract<HostCommand, { type: 'announce' }>;

/** A host that runs in the caller's thread. It reads the ledger at start and is alone with it, or with others through a shared one (PI-26). */
export function createInProcessPartitionHost(options: InProcessHostOptions): PartitionHost & { gauges(): HostGauges } {
  const { ledger, limits, log, writeBehind } = options;
  const listeners = new Set<(event: HostEvent) => void>();
  const awaited = new AwaitedViews();
  const { audit = NO_AUDIT, owns = ALL, rules } = options;
  const isShared = options.owns !== undefined;
  const sessions = new SessionRegistry(
    rules === undefined
      ? () => null
      : (identity) => rules.for(identity?.claims ?? {}, (thrown) => audit.note(ruleThrew(thrown, identity))),
  );
  /** SY-2: whose client comes from another history shows what others wrote there and nobody gives back. */
  const exchanges = new Exchanges((session, view, held, sent) => {
    if (sessions.get(session)?.isFromElsewhere !== true) return;
    const otherwise = held - (view.size - sent);
    if (otherwise <= 0) return;
    log.warn(HELD_ELSEWHERE, { session, map: view.map, rows: otherwise });
  });
  let running: Running | null = null;
  let draining = false;

  const emit = (event: HostEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const start = async (): Promise<HostStarted> => {
    const ownership = await claimLedger(ledger);
    const written = await writeBehind.resume();
    const kept = options.journal;
    // Where several hosts are joined, it is read there.
    const stored = kept === undefined || isShared ? null : new StoredCommits({ ...kept, ledger, clock: options.clock });
    const {
      state,
      marks,
      position,
      snapshots,
      loader,
      unloader,
      gatherings,
      kept: keptRecords,
    } = await load({
      ...options,
      ownership,
      written,
      memory: options.memory === undefined ? undefined : { ...options, budgetBytes: options.memory },
      trimmable: stored === null ? undefined : (through) => stored.trimmable(through),
    });
    const journal = stored === null ? null : new Journal({ stored, position });
    const joint = isShared ? createJointSearches(options.timers, options.pieces, emit) : null;
    const source = recordSourceOf(state, options.hash, () => pipeline.position, keptRecords);
    const views = new ViewRegistry(
      source,
      limits.wholeMapRows,
      undefined,
      options.timers,
      options.search,
      undefined,
      keptIndexes(options, ownership),
      options.pieces,
      joint,
      options.approximate,
    );
    const { quotas, share } = createQuotas(options.quotas, state, isShared);
    const { hash, timers } = options;
    const counts = createHostCounts({ views, source, state, loader, hash, timers, seenBy, isShared, emit });
    views.onSettled = (diffs) =>
      emit({ type: 'committed', position: pipeline.position, verdicts: [], diffs, outgrown: [] });
    const pipeline = createOpPipeline({
      ownership,
      position,
      state,
      views,
      limits,
      schema: options.schema,
      hash: options.hash,
      clock: options.clock,
      timers: options.timers,
      log,
      need: (partitions, writes) => loader.need(partitions, writes),
      room: unloader,
      backlog: writeBehind,
      resolvers: options.resolvers,
      quotas: share ?? quotas,
      ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
      onApplied(applied) {
        writeBehind.add(applied.position, applied.changes);
        quotas?.note();
        retention.note(applied.changes, applied.position);
        unloader?.changed(new Set(applied.changes.map(({ partition }) => partition)));
        snapshots?.note(applied);
      },
      onCommitted: (event, applied) => emit(isShared ? { ...event, ...toldToPeers(applied, state, share) } : event),
      ...(kept === undefined ? {} : { journaled: kept.keeps }),
      onTold: (applied) => journal?.note(applied.position, eventsOf(applied.frames)),
      onFault: (session, { code, reason }) => {
        sessions.revoke(session);
        emit({ type: 'session-error', session: session.id, code, reason, fatal: true });
      },
      owns,
      isShared,
      lookUp: (lookUps) => calls.elsewhere?.lookUp(lookUps) ?? Promise.resolve(null),
      onJudged: ({ session, joint }) => emit({ type: 'judged', session: session.id, joint }),
      onTried: ({ session, joint }, parts) => emit({ type: 'tried', session: session.id, joint, parts }),
      onStopped: (why) => emit(why === 'ledger-damaged' ? { type: why, message: DAMAGED } : { type: why }),
    });
    const calls = createHostCalls(options, { state, views, pipeline, loader, quotas: share ?? quotas, emit });
    const retention = createRetention({
      state,
      marks,
      clock: options.clock,
      timers: options.timers,
      tombstonesMs: options.tombstonesMs ?? DEFAULT_RETENTION.tombstonesMs,
      need: (partitions) => loader.need(partitions),
      startsWhole: options.hooks !== undefined,
      upkeep: pipeline.upkeep,
    });
    const history = isShared
      ? JUDGED_BEFORE
      : createLostHistory({
          ownership,
          state,
          upkeep: pipeline.upkeep,
          mint: () => options.random.id(24),
          log,
          renamed: (lineage) => emit({ type: 'history-changed', lineage }),
        });
    running = {
      ownership,
      state,
      views,
      pipeline,
      retention,
      history,
      snapshots,
      journal,
      loader,
      unloader,
      gatherings,
      counts,
      joint,
      share,
      calls,
    };
    loader.warmUp({
      opened(partition) {
        retention.opened(partition);
        const mapBytes = share?.news() ?? [];
        if (mapBytes.length > 0) emit({ type: 'maps-measured', session: NO_SESSION, mapBytes });
      },
      allOpened() {
        retention.allOpened();
        if (loader.isAllHot) log.info('every partition is loaded');
      },
      damaged: (message) => emit({ type: 'ledger-damaged', message }),
    });
    startUnloading({ unloader, loader, gatherings, state, views, kept: keptRecords, hash, calls, pipeline });
    retention.start();
    beginModels(options, { state, pipeline, loader });
    log.info('the ledger is replayed', { position, epoch: ownership.epoch, lineage: ownership.lineage });
    const { forgottenThrough } = state;
    const started = { lineage: ownership.lineage, position };
    return isShared ? { ...started, forgottenThrough, mapBytes: share?.news() ?? [] } : started;
  };

  const settling = createSettling(options.timers, async () => {
    await running?.retention.stop();
    await running?.calls.idle();
    await running?.pipeline.idle();
  });

  /** Commands of sessions that wait for an announcement of theirs. */
  const turns = new SessionTurns<HostCommand>((command) => perform(command));

  const peers = createPeerCommands({ hash: options.hash, sessions, emit });

  const closeSession = (views: ViewRegistry, session: SessionId): void => {
    awaited.endAll(session);
    exchanges.closeSession(session);
    views.closeSession(session);
  };

  const announced = ({ session, replicas, lineage = null }: Announcement): void => {
    const announcing = sessions.get(session);
    if (running === null || announcing === undefined) return;
    const { history, pipeline, state } = running;
    if (history.judge(session, replicas, lineage)) announcing.isFromElsewhere = true;
    const decided = replicas.map(([replica]) => [replica, state.decidedAnywhere(replica)] as const);
    emit({ type: 'announced', session, decided, position: pipeline.position, ...gapsFor(announcing, state) });
  };

  /** CR-2: one of the replicas that another principal used first, or speaks for now. */
  const foreignReplica = ({ session, replicas, identity }: Announcement): ReplicaId | null => {
    const known = identity ?? sessions.get(session)?.identity ?? null;
    if (running === null || known === null) return null;
    const { state } = running;
    const { principal } = known;
    const foreign = replicas.find(([replica]) => {
      const owner = ownerOf(state, options.hash, replica);
      return (owner !== undefined && owner !== principal) || sessions.isSpokenForByOther(replica, principal);
    });
    return foreign === undefined ? null : foreign[0];
  };

  /** PI-9: what the session sees of each map. Of a session that is not known nothing is known that it may. */
  const seenBy = (session: SessionId): SeenOf => {
    if (rules === undefined) return () => null;
    const access = sessions.get(session)?.access ?? null;
    return (name) => visibilityOf(access?.of(name) ?? NO_ACCESS, name, shownValue);
  };

  const openView = createViewOpening({
    running: () => running,
    awaited,
    exchanges,
    seenBy,
    hash: options.hash,
    log,
    emit,
  });

  /** CR-2, PI-7: what has to be here before it is known whose the replicas are; `null`: nothing. */
  const neededFor = ({ session, replicas, identity }: Announcement): Promise<LoadFailure | null> | null => {
    if (running === null || (identity ?? sessions.get(session)?.identity ?? null) === null) return null;
    return running.loader.need(replicas.map(([replica]) => partitionOf(options.hash, REPLICAS_MAP, replica)));
  };

  const announce = (command: Announcement): void => {
    if (running === null) return;
    const { pipeline, views } = running;
    const foreign = foreignReplica(command);
    if (foreign !== null) {
      emit({ type: 'session-error', session: command.session, ...othersReplica(foreign) });
      return;
    }
    for (const session of sessions.announce(command.session, command.replicas, command.identity)) {
      closeSession(views, session);
      emit({ type: 'session-error', session, ...REPLACED });
    }
    // What older sessions have staged is decided without them: said too early, an id would be used twice (CR-2).
    const replicas = command.replicas.map(([replica]) => replica);
    pipeline.whenDecided(replicas, () => announced(command));
  };

  const perform = (command: HostCommand): void => {
    if (running === null) throw new Error('the host has not been started');
    if (isPeerCommand(command)) return peers.take(command, running);
    const { pipeline, views } = running;
    switch (command.type) {
      case 'announce': {
        const needed = neededFor(command);
        if (needed === null) announce(command);
        else {
          turns.pause(
            command.session,
            needed.then((failure) => {
              if (failure === null) return () => announce(command);
              return () => emit({ type: 'session-error', session: command.session, ...OWNER_UNREADABLE });
            }),
          );
        }
        return;
      }
      case 'submit':
        if (!draining) pipeline.submit(command, sessions.get(command.session));
        return;
      case 'open-view':
        exchanges.close(command.session, command.sub);
        openView(command);
        return;
      case 'exchange': {
        const { session, sub, nodes } = command;
        const through = pipeline.position;
        const outcome = exchanges.receive(session, sub, nodes, through);
        if (outcome === null) return;
        if (outcome === 'all') {
          const view = views.find(session, sub);
          if (view !== undefined) emit(viewAnswer({ session, sub, view, have: null, anew: true, through }, exchanges));
          return;
        }
        if (outcome.type === 'exchange-failed') views.close(session, sub);
        emit(outcome);
        return;
      }
      case 'close-view':
        awaited.end(command.session, command.sub);
        exchanges.close(command.session, command.sub);
        views.close(command.session, command.sub);
        return;
      case 'read-journal': {
        const { session, question } = command;
        const access = (): Access | null =>
          sessions.get(session)?.access ?? (rules === undefined ? null : NOTHING_SEEN);
        const tell = (answer: JournalAnswered): void => emit({ type: 'journal-answered', session, answer });
        answerJournal(running.journal, session, question, access, tell, log);
        return;
      }
      case 'call':
        if (!draining) running.calls.take(command, sessions.get(command.session));
        return;
      case 'end-journal':
        running.journal?.end(command.session, command.id);
        return;
      case 'ask-search':
      case 'end-search':
        running.counts.take(command);
        return;
      case 'session-closed':
        running.journal?.endAll(command.session);
        running.counts.endAll(command.session);
        running.calls.sessionClosed(command.session);
        closeSession(views, command.session);
        sessions.close(command.session);
        return;
      default:
        assertNever(command);
    }
  };

  return {
    start,
    gauges: () => gaugesOf(running, owns),
    send(command) {
      if (isPeerCommand(command)) perform(command);
      else {
        if (command.type === 'session-closed') turns.end(command.session);
        turns.take(command.session, command);
      }
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      draining = true;
      if (!(await settling.settled())) {
        log.warn('the ledger does not answer; what it has not acknowledged stays with the clients');
        return;
      }
      const written = await writeBehind.flush();
      if (!written.ok) {
        // Nothing is lost: the next start reads from the ledger what the cold store lacks. Snapshots of it would not be taken.
        log.warn('the cold store is behind', { reason: written.error.reason, ...writeBehind.lag });
        return;
      }
      // It saves the next start what it would read from the ledger; so it is no reason to stay.
      await settling.within(running?.snapshots?.finish());
    },
    async stop() {
      draining = true;
      const isSettled = await settling.settled();
      running?.unloader?.stop();
      running?.loader.stop();
      const stopped = Promise.all([running?.snapshots?.stop(), writeBehind.stop()]);
      // Otherwise the cold store, which as a rule is in the same database, does not answer either.
      if (isSettled) await stopped;
    },
  };
}

const ALL = (): boolean => true;
