import type { ReplicaId } from '@topgun/core/clock';
import type { Resolvers } from '@topgun/core/crdt';
import { PARTITION_COUNT, type Hash64, type Result } from '@topgun/core/primitives';
import type { SchemaDefinition } from '@topgun/core/schema';
import type { Clock, Logger, Timers } from '../ports/environment.js';
import type { Identity } from '../ports/identity.js';
import type { JointId } from '../ports/ledger.js';
import type { Committed, HostCommand, HostStop, TriedPart } from '../ports/partition-host.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { Overlay, RecordChange } from '../services/crdt/overlay.js';
import type { Upkeep as RunUpkeep } from '../services/retention/upkeep.js';
import type { PendingWrite } from '../services/loading/pending-growth.js';
import type { ViewRegistry } from '../services/query/view-registry.js';
import type { DecideCall } from '../services/procedures/decide-call.js';
import { createCallHook, type HookElsewhere } from '../services/hooks/call-hook.js';
import { DEFAULT_HOOK_MS, type ServerHooks } from '../services/hooks/server-hooks.js';
import { ack } from './ack.js';
import { createAfterOps } from './after-ops.js';
import { apply } from './apply.js';
import { authorize } from './authorize.js';
import { createBeforeOps } from './before-ops.js';
import { stageCall, stageCallPart, takeCall, takeCallPart } from './called.js';
import type { Judging } from './decide-op.js';
import { diff } from './diff.js';
import { GroupCommit, isJoint, type GroupCommitOptions, type JointFrame, type TriedJoint } from './group-commit.js';
import { LoadStage, partitionsOf, type LoadStageOptions } from './load.js';
import type { OpSession } from './op-session.js';
import { push } from './push.js';
import { receive } from './receive.js';
import { stage, stageParts, tryParts, type StageLimits } from './stage.js';
import type {
  Applied,
  Authorized,
  Called,
  CalledPart,
  JointPart,
  Loaded,
  Persisted,
  SessionFault,
  Staged,
  Upkeep,
} from './stages.js';
import { stageUpkeep, takeUpkeep } from './upkeep.js';
import { validate } from './validate.js';
import { WaitingBytes } from './waiting-bytes.js';

export interface OpLimits {
  readonly keyBytes: number;
  readonly recordBytes: number;
  /** CL-5: undecided ops of one replica. */
  readonly windowOps: number;
}

export interface OpPipelineOptions {
  readonly ownership: LedgerOwnership;
  /** The last committed position: the replay's end. */
  readonly position: number;
  readonly state: GridState;
  readonly views: ViewRegistry;
  readonly limits: OpLimits;
  /** What the maps hold. Left out, whatever fits into the limits. */
  readonly schema?: SchemaDefinition | undefined;
  readonly hash: Hash64;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  /** PI-7: brings in what is cold. */
  readonly need: LoadStageOptions['need'];
  /** PI-46: `null`, or left out: there is room for all. */
  readonly room?: LoadStageOptions['room'];
  /** PI-4: whether the cold store keeps up. */
  readonly backlog: GroupCommitOptions['backlog'];
  /** What a commit was and has changed, the moment it is durable. */
  readonly onApplied: (applied: Applied) => void;
  /** PI-49: `null`, or left out: maps grow as they like. */
  readonly quotas?: Judging['quotas'];
  /** RS-1: what maps make of writes to what has a value. Left out: the later write wins everywhere. */
  readonly resolvers?: Resolvers | undefined;
  /** What the app's server does at certain moments. Left out: nothing. */
  readonly hooks?: ServerHooks;
  readonly onCommitted: (event: Committed, applied: Applied) => void;
  /** JO-1: of which maps it is kept what ops change. Absent: of none. */
  readonly journaled?: (map: string) => boolean;
  /** Everybody has been told of the commit. */
  readonly onTold?: (applied: Applied) => void;
  readonly onFault: (session: OpSession, fault: SessionFault) => void;
  readonly onStopped: (why: HostStop) => void;
  /** PI-25: the partitions that are this host's. */
  readonly owns: (partition: number) => boolean;
  /** PI-26: other hosts append to the ledger too. */
  readonly isShared: boolean;
  /** HK-7: what hooks read of other hosts. */
  readonly lookUp: HookElsewhere['lookUp'];
  /** PI-27: `beforeOp` has been asked of all its parts that are here: they are tried when `tryJudged` says so. */
  readonly onJudged: (frame: JointFrame) => void;
  readonly onTried: (frame: Exclude<JointFrame, CalledPart>, parts: readonly TriedPart[] | null) => void;
}

/** PI-1: receive → load → validate → authorize → stage → persist → apply → ack → diff → push, in this one place. */
export interface OpPipeline {
  submit(command: Extract<HostCommand, { type: 'submit' }>, session: OpSession | undefined): void;
  /** The server's own work, in its turn among what clients send. */
  readonly upkeep: RunUpkeep;
  /** PR-2: has a call decided in its turn, and written. True once it is durable and everybody has been told; false: nothing of it was written. */
  call(decide: DecideCall, bytes: number, identity: Identity | null): Promise<boolean>;
  /** PR-9: has a part of a call over several hosts tried in its turn, and written when that is settled. True once it is durable and told. */
  callPart(joint: JointId, part: JointPart, identity: Identity | null): Promise<boolean>;
  /** PI-27: the hooks of all hosts are through with the transaction. */
  tryJudged(joint: JointId): void;
  /** PI-27, PR-9: what was decided of the whole of a transaction, or a call, of which parts lie here. */
  readonly settleJoint: GroupCommit['settleJoint'];
  /** What the last commit has changed, while live views have not been told yet. */
  readonly untold: readonly RecordChange[];
  readonly position: number;
  /** What waits for records, hooks or room in a commit. */
  readonly waiting: { readonly messages: number; readonly bytes: number };
  /** Nothing can be committed any more. */
  readonly isStopped: boolean;
  /** Runs it when the ledger has, or has not, what was staged of these replicas: at once when nothing is. */
  whenDecided(replicas: Iterable<ReplicaId>, run: () => void): void;
  /** PI-45: the partitions whose records are worked on. With hooks, which read whatever they like, it is all or none. */
  atWork(): ReadonlySet<number> | 'all';
  /** PI-46: what is on its way to the records. */
  pendingWrites(): Iterable<PendingWrite>;
  /** Resolves when everything taken so far is decided. */
  idle(): Promise<void>;
}

export function createOpPipeline(options: OpPipelineOptions): OpPipeline {
  const { state, views, limits, schema, hash, clock, journaled, owns } = options;
  const judging = { recordBytes: limits.recordBytes, resolvers: options.resolvers, quotas: options.quotas, schema };

  const hooks = opHooks(options);
  const after = hooks.after === null ? null : createAfterOps({ ...hooks.after, log: options.log });
  const upkeep = new Map<OpSession, (done: boolean) => void>();

  let untold: readonly RecordChange[] = [];

  const settleUpkeep = (session: OpSession, done: boolean): boolean => {
    const settle = upkeep.get(session);
    upkeep.delete(session);
    settle?.(done);
    return settle !== undefined;
  };

  const stageFrame = (frame: Loaded | Upkeep | Called, overlay: Overlay): Result<Staged, SessionFault> => {
    const limitsNow = stageLimits();
    const { journaling } = limitsNow;
    if ('decide' in frame) return { ok: true, value: stageUpkeep(frame, overlay, journaling) };
    if ('run' in frame) return { ok: true, value: stageCall(frame, overlay, journaling) };
    const authorized = check(frame, overlay);
    if (!authorized.ok) return authorized;
    return { ok: true, value: stage(authorized.value, overlay, limitsNow) };
  };

  const stageLimits = (): StageLimits => ({
    ...judging,
    journaling: journaled === undefined ? null : { keeps: journaled, now: clock.now() },
  });

  const check = (frame: Loaded, overlay: Overlay): Result<Authorized, SessionFault> => {
    const now = clock.now();
    const validated = validate(frame, { hash, now, keyBytes: limits.keyBytes });
    return validated.ok ? authorize(validated.value, overlay, { hash, now, owns }) : validated;
  };

  const tryJoint = (frame: JointFrame, overlay: Overlay): Result<TriedJoint, SessionFault> => {
    if ('part' in frame) return { ok: true, value: tryCallPart(frame, overlay) };
    const authorized = check(frame, overlay);
    if (!authorized.ok) return authorized;
    return {
      ok: true,
      value: {
        parts: tryParts(authorized.value, overlay, stageLimits()),
        stage: (refusals, over) => stageParts(authorized.value, refusals, over, stageLimits()),
      },
    };
  };

  const tryCallPart = (frame: CalledPart, overlay: Overlay): TriedJoint => ({
    parts: frame.part.has(overlay) ? [] : null,
    stage: (_refusals, over) => stageCallPart(frame, over, stageLimits().journaling),
  });

  const applyCommit = (persisted: Persisted): (() => void) => {
    const applied = apply(persisted, state);
    untold = applied.changes;
    // Before the next append, which says it.
    if (upkeep.size > 0) renameHistory(persisted);
    options.onApplied(applied);
    return () => {
      const diffed = diff(ack(applied), views);
      untold = [];
      options.onCommitted(push(diffed), applied);
      options.onTold?.(applied);
      if (upkeep.size > 0) for (const { session } of applied.frames) settleUpkeep(session, true);
      after?.told(applied);
    };
  };

  const renameHistory = ({ frames }: Persisted): void => {
    for (const { lineage } of frames.flatMap(({ entries }) => entries)) {
      if (lineage !== undefined) options.ownership.lineage = lineage;
    }
  };

  const waitingBytes = new WaitingBytes();
  const commits = new GroupCommit({
    waitingBytes,
    ownership: options.ownership,
    position: options.position,
    state,
    clock,
    timers: options.timers,
    log: options.log,
    backlog: options.backlog,
    stage: stageFrame,
    tryJoint,
    onTried(frame, parts) {
      if ('part' in frame) frame.part.tried(parts !== null);
      else options.onTried(frame, parts);
    },
    isShared: options.isShared,
    onPersisted: applyCommit,
    onFault(session, fault) {
      if (!settleUpkeep(session, false)) options.onFault(session, fault);
    },
    onStopped(why) {
      for (const session of [...upkeep.keys()]) settleUpkeep(session, false);
      options.onStopped(why);
    },
  });

  /** PI-27: nothing is staged behind parts that are tried: they must not wait for hooks of other hosts. */
  const judged = new Map<JointId, Loaded>();
  const pass = (frame: Loaded): void => {
    if (!isJoint(frame)) return commits.take(frame);
    judged.set(frame.joint, frame);
    options.onJudged(frame);
  };

  const before =
    hooks.before === null
      ? null
      : createBeforeOps({
          ...hooks.before,
          state,
          keyBytes: limits.keyBytes,
          waiting: waitingBytes,
          log: options.log,
          pass: (frame) => pass(frame),
          onFault: options.onFault,
        });
  const loading = new LoadStage({
    hash,
    // What a hook reads, nobody knows beforehand.
    need:
      hooks.before === null && hooks.after === null
        ? options.need
        : (_, writes) => options.need(ALL_PARTITIONS.filter(owns), writes),
    room: options.room,
    waiting: waitingBytes,
    log: options.log,
    onLoaded: (frame) => (before ?? commits).take(frame),
    onFault: options.onFault,
  });

  const whenSettled = (frame: Upkeep | Called | CalledPart): Promise<boolean> =>
    new Promise((resolve) => {
      upkeep.set(frame.session, resolve);
      commits.take(frame);
    });

  return {
    submit(command, session) {
      const frame = receive(command, session, limits.windowOps);
      if (frame === null || session === undefined) return;
      if (frame.ok) loading.take(frame.value);
      else options.onFault(session, frame.error);
    },
    upkeep: (decide, bytes) => whenSettled(takeUpkeep(decide, bytes)),
    call: (decide, bytes, identity) => whenSettled(takeCall(decide, bytes, identity)),
    callPart: (joint, part, identity) => whenSettled(takeCallPart(joint, part, identity)),
    tryJudged(joint) {
      const frame = judged.get(joint);
      judged.delete(joint);
      if (frame !== undefined) commits.take(frame);
    },
    settleJoint(joint, refusals) {
      judged.delete(joint);
      commits.settleJoint(joint, refusals);
    },
    get untold() {
      return untold;
    },
    get position() {
      return commits.position;
    },
    waiting: waitingBytes,
    get isStopped() {
      return commits.isStopped;
    },
    whenDecided: (replicas, run) => commits.whenDecided(replicas, run),
    pendingWrites: () => commits.pendingWrites(),
    atWork() {
      if (before === null && after === null) return commits.atWork((frame) => partitionsOf(frame, hash));
      return before?.isIdle !== false && after?.isIdle !== false && commits.isIdle ? NONE : 'all';
    },
    async idle() {
      await loading.idle();
      await before?.idle();
      await commits.idle();
      await after?.idle();
    },
  };
}

const NONE: ReadonlySet<number> = new Set();

const ALL_PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);

/** The hooks that ops pass, with what calls them. */
function opHooks({ hooks = {}, timers, hash, state, isShared, lookUp, owns }: OpPipelineOptions) {
  const elsewhere = isShared ? { owns, lookUp } : null;
  const calling = { timers, hash, state, elsewhere, timeoutMs: hooks.timeoutMs ?? DEFAULT_HOOK_MS };
  const { beforeOp, afterOp } = hooks;
  return {
    before: beforeOp === undefined ? null : { call: createCallHook(calling, true), hook: beforeOp.bind(hooks) },
    after: afterOp === undefined ? null : { call: createCallHook(calling, false), hook: afterOp.bind(hooks) },
  };
}
