import type { ReplicaId } from '@topgun/core/clock';
import { assertNever, type Result } from '@topgun/core/primitives';
import type { Clock, Logger, Timers } from '../ports/environment.js';
import type { JointId } from '../ports/ledger.js';
import type { HostStop, TriedPart } from '../ports/partition-host.js';
import { learnOutcome } from '../services/coordination/learn-outcome.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import { Overlay } from '../services/crdt/overlay.js';
import type { StateView } from '../services/crdt/state-view.js';
import type { PendingWrite } from '../services/loading/pending-growth.js';
import type { Refusal } from '../services/crdt/verdict.js';
import { CommitRoom, FEW_OPS } from './commit-room.js';
import { undecidedOf, type OpSession } from './op-session.js';
import { stagedWrites, writesOf } from './pending-writes.js';
import { foundInLedger, nothingToPersist, persist, type PersistAttempt, type PersistOutcome } from './persist.js';
import { MIN_REST_MS, restAfter } from './piece-pace.js';
import { PieceRest } from './piece-rest.js';
import { opsOf, splitFrame } from './split-frame.js';
import type { Called, CalledPart, Commit, Loaded, Persisted, SessionFault, Staged, Upkeep } from './stages.js';
import type { WaitingBytes } from './waiting-bytes.js';
import { isOfClient, WaitingFrames, type Line, type WaitingFrame } from './waiting-frames.js';

/** PI-2: the most one commit holds. A single larger message is a commit of its own. */
export const MAX_COMMIT_FRAMES = 64;
export const MAX_COMMIT_BYTES = 1024 * 1024;
/** PI-39: so many messages, of so few ops and bytes each, are in a commit beside what it has room for. */
const MAX_JOINED = 16;
const JOINING = { ops: FEW_OPS, bytes: 4_096 };
const RELOAD_TRIES = 5;
const RELOAD_DELAY_MS = 500;

export interface GroupCommitOptions {
  readonly ownership: LedgerOwnership;
  /** The last committed position: the replay's end. */
  readonly position: number;
  readonly state: StateView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly waitingBytes: WaitingBytes;
  /** PI-4: whether the cold store keeps up; while it does not, commits wait. */
  readonly backlog: { readonly hasRoom: boolean; room(): Promise<void> };
  /** Runs a frame through validate, authorize and stage against the overlay; upkeep and calls are staged as they are. */
  readonly stage: (frame: Loaded | Upkeep | Called, overlay: Overlay) => Result<Staged, SessionFault>;
  /** PI-27: runs such a frame through validate and authorize, and tries its parts; those of a call are tried as they are. */
  readonly tryJoint: (frame: JointFrame, overlay: Overlay) => Result<TriedJoint, SessionFault>;
  /** PI-27: what would become of its parts; `null`: they cannot be taken. */
  readonly onTried: (frame: JointFrame, parts: readonly TriedPart[] | null) => void;
  /** PI-26: others append to the ledger too, so that positions grow by more than one. */
  readonly isShared: boolean;
  /** The commit is durable: make it the state. What it returns tells everyone, once the next append is under way. */
  readonly onPersisted: (commit: Persisted) => () => void;
  readonly onFault: (session: OpSession, fault: SessionFault) => void;
  /** No append will ever succeed again. */
  readonly onStopped: (why: HostStop) => void;
}

/** Some of the parts of a transaction, or of a call. */
export type JointFrame = (Loaded & { readonly joint: JointId }) | CalledPart;

export const isJoint = (frame: WaitingFrame): frame is JointFrame => frame.joint !== undefined;

/** PI-27: parts that have been tried, and wait for what is decided of the whole. */
export interface TriedJoint {
  /** `null`: they cannot be taken. */
  readonly parts: readonly TriedPart[] | null;
  /** `null`: they cannot be taken any more. Changes the overlay otherwise. */
  readonly stage: (refusals: ReadonlyMap<number, Refusal>, overlay: Overlay) => Staged | null;
}

interface StagingCommit extends Commit {
  readonly frames: Staged[];
  bytes: number;
  ops: number;
  /** How many of the frames are pieces of imports, and how many ops they have. */
  pieces: number;
  pieceOps: number;
  /** Who has something in it. */
  readonly sessions: Set<OpSession>;
  /** How many of the frames are there beside what it has room for. */
  joined: number;
  /** When it was appended, in ms since 1970. */
  begunAt: number;
  /** Pieces wait until it is decided. */
  holdsPieces: boolean;
}

/** What waits for commits to be decided. */
interface Waiter {
  readonly commits: readonly StagingCommit[];
  readonly run: () => void;
}

/**
 * PI-2: one append in flight; meanwhile the next commit is staged on top of it, and what finds no room there waits. A
 * batch is whatever is there when the append returns: no timer. A failed append takes down everything staged on top of
 * it, and the sessions that sent it, who send it again.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #position: number;
  #inFlight: StagingCommit | null = null;
  #next: StagingCommit | null = null;
  /** PI-39: an import into one map is not to keep those waiting who write to others. */
  readonly #waiting = new WaitingFrames();
  readonly #room = new CommitRoom();
  readonly #rest: PieceRest;
  /** What comes after it waits, until it is decided. */
  #joint: { readonly frame: JointFrame; readonly tried: TriedJoint } | null = null;
  #stopped = false;
  #awaitsRoom = false;
  #idle: (() => void)[] = [];
  #waiters: Waiter[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#rest = new PieceRest(options.timers, () => this.#rested());
  }

  /** The last committed position. */
  get position(): number {
    return this.#position;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  take(frame: WaitingFrame): void {
    if (this.#stopped) return;
    if (!isOfClient(frame)) return this.#takeOne(frame, false);
    const ops = opsOf(frame);
    const undecided = undecidedOf(frame.session);
    this.#room.wrote(frame.session, ops, undecided);
    if (!this.#room.isOfImport(ops, undecided)) return this.#takeOne(frame, false);
    // Only where pieces rest: elsewhere what waits is as well off where it is.
    if (this.#room.isPaced) this.#waiting.moveToPieces(frame);
    const pieces = splitFrame(frame, this.#room.pieceOps);
    for (const piece of pieces) this.#takeOne(piece, this.#room.isPaced || pieces.length > 1);
  }

  #takeOne(frame: WaitingFrame, isPiece: boolean): void {
    if (this.#stopped || frame.session.revoked) return;
    const line = this.#waiting.lineOf(frame, isPiece);
    const isNext = this.#waiting.isEmpty(line) && this.#hasRoom(line, frame);
    if (isNext || this.#mayJoin(frame)) {
      if (!isNext) this.#staging().joined += 1;
      this.#stageOne(line, frame);
      if (this.#inFlight === null) this.#run();
      return;
    }
    const fault = this.#options.waitingBytes.hold(frame);
    if (fault === null) this.#waiting.push(line, frame);
    else this.#fail(frame.session, fault);
  }

  /** PI-27: what was decided of the whole of a transaction; `null`: nothing was. */
  settleJoint(joint: JointId, refusals: ReadonlyMap<number, Refusal> | null): void {
    if (this.#joint === null || this.#joint.frame.joint !== joint) return;
    const { frame, tried } = this.#joint;
    this.#joint = null;
    this.#options.waitingBytes.release(frame);
    // Nothing of a session that has failed is decided any more.
    const staged = refusals === null || frame.session.revoked ? null : tried.stage(refusals, this.#staging().overlay);
    if (staged !== null) this.#add(staged, 'plain');
    else {
      if (refusals !== null) this.#options.onTried(frame, null);
      this.#fail(frame.session, { code: 'commit-failed', reason: NOT_STORED });
    }
    this.#stageWaiting();
    if (this.#inFlight === null) this.#run();
  }

  /** Resolves when nothing is staged, in flight or waiting, or nothing more can be committed. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Runs it when the ledger has said what became of all that is staged of these replicas: at once where nothing is. */
  whenDecided(replicas: Iterable<ReplicaId>, run: () => void): void {
    const of = new Set(replicas);
    const commits = this.#underWay.filter(({ frames }) =>
      frames.some(({ entries }) => entries.some(({ replica }) => of.has(replica))),
    );
    if (commits.length === 0) run();
    else this.#waiters.push({ commits, run });
  }

  /** PI-45: the partitions that what waits is judged by, and that what is staged or in flight changes. Of the server's own work that waits nobody knows. */
  atWork(partitionsOf: (frame: Loaded) => Iterable<number>): ReadonlySet<number> | 'all' {
    // What is decided of it next needs what it was tried on.
    if (this.#joint !== null) return 'all';
    const partitions = new Set<number>();
    for (const frame of this.#waiting) {
      if (!isOfClient(frame)) return 'all';
      for (const partition of partitionsOf(frame)) partitions.add(partition);
    }
    for (const { frames } of this.#underWay) {
      for (const { entries } of frames) for (const { partition } of entries) partitions.add(partition);
    }
    return partitions;
  }

  /** PI-46: of what waits, is staged or in flight, what clients write. */
  *pendingWrites(): Iterable<PendingWrite> {
    for (const frame of this.#waiting) if (isOfClient(frame)) yield* writesOf(frame);
    if (this.#joint !== null && isOfClient(this.#joint.frame)) yield* writesOf(this.#joint.frame);
    for (const { frames } of this.#underWay) for (const frame of frames) yield* stagedWrites(frame);
  }

  get #underWay(): readonly StagingCommit[] {
    return [this.#inFlight, this.#next].filter((commit) => commit !== null);
  }

  #tellWaiters(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters.splice(0);
    for (const waiter of waiters) {
      if (waiter.commits.some((commit) => this.#underWay.includes(commit))) this.#waiters.push(waiter);
      else waiter.run();
    }
  }

  /** Nothing is staged, in flight or waiting, or nothing more can be committed. */
  get isIdle(): boolean {
    if (this.#stopped) return true;
    return this.#inFlight === null && this.#next === null && this.#joint === null && this.#waiting.length === 0;
  }

  #hasRoom(line: Line, frame: WaitingFrame): boolean {
    if (this.#joint !== null || (line === 'pieces' && this.#rest.isOn)) return false;
    if (this.#next === null || this.#next.frames.length === 0) return true;
    const { frames, bytes, ops, pieces, pieceOps } = this.#next;
    // What is divided goes on in each commit, however many write beside it.
    if (line === 'pieces' && pieces === 0) return true;
    if (frames.length >= MAX_COMMIT_FRAMES || bytes + frame.bytes > MAX_COMMIT_BYTES) return false;
    const more = isOfClient(frame) ? opsOf(frame) : 1;
    return line === 'pieces' ? pieceOps + more <= this.#room.pieceOps : ops - pieceOps + more <= this.#room.ops;
  }

  /** PI-39: a few ops of somebody of whom nothing waits, and nothing is in the commit: they need not wait because it is full of what others have sent. */
  #mayJoin(frame: WaitingFrame): boolean {
    if (this.#next === null || this.#joint !== null || isJoint(frame) || !isOfClient(frame)) return false;
    if (opsOf(frame) > JOINING.ops || frame.bytes > JOINING.bytes || this.#waiting.hasBefore(frame)) return false;
    return this.#next.joined < MAX_JOINED && !this.#next.sessions.has(frame.session);
  }

  #stageOne(line: Line, frame: WaitingFrame): void {
    if (frame.session.revoked) return;
    const { overlay } = this.#staging();
    if (isJoint(frame)) {
      const tried = this.#options.tryJoint(frame, overlay);
      if (tried.ok && tried.value.parts === null) {
        this.#options.onTried(frame, null);
        this.#fail(frame.session, { code: 'commit-failed', reason: NOT_STORED });
        return;
      }
      // It is found, and revoked, by a newer session of its replica as long as it waits.
      const fault = tried.ok ? this.#options.waitingBytes.hold(frame) : tried.error;
      if (fault !== null) this.#fail(frame.session, fault);
      else if (tried.ok) {
        this.#joint = { frame, tried: tried.value };
        this.#options.onTried(frame, tried.value.parts);
      }
      return;
    }
    const staged = this.#options.stage(frame, overlay);
    if (staged.ok) this.#add(staged.value, line);
    else this.#fail(frame.session, staged.error);
  }

  /** The commit that is being staged. */
  #staging(): StagingCommit {
    return (this.#next ??= {
      frames: [],
      overlay: new Overlay(this.#inFlight?.overlay ?? this.#options.state),
      bytes: 0,
      ops: 0,
      pieces: 0,
      pieceOps: 0,
      sessions: new Set(),
      joined: 0,
      begunAt: 0,
      holdsPieces: false,
    });
  }

  #add(staged: Staged, line: Line): void {
    const commit = this.#staging();
    const before = commit.ops;
    commit.frames.push(staged);
    commit.sessions.add(staged.session);
    commit.bytes += staged.bytes;
    for (const { ops } of staged.entries) commit.ops += ops.length;
    if (line === 'plain') return;
    commit.pieces += 1;
    commit.pieceOps += commit.ops - before;
  }

  #stageWaiting(): void {
    this.#stageLine('plain');
    this.#stageLine('pieces');
  }

  #stageLine(line: Line): void {
    for (;;) {
      const frame = this.#waiting.peek(line);
      if (frame === undefined || !this.#hasRoom(line, frame)) return;
      this.#waiting.shift(line);
      this.#options.waitingBytes.release(frame);
      this.#stageOne(line, frame);
    }
  }

  /** Commits what is staged until an append is in flight or nothing is left. */
  #run(): void {
    while (this.#inFlight === null && !this.#stopped) {
      this.#stageWaiting();
      const commit = this.#next;
      if (commit === null) break;
      const repeated = nothingToPersist(commit, this.#position);
      if (repeated === null && !this.#mayAppend()) break;
      this.#next = null;
      if (commit.frames.length === 0) continue;
      if (repeated === null) this.#append(commit);
      else this.#options.onPersisted(repeated)();
    }
    this.#tellWaiters();
    if (this.isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Otherwise it goes on by itself as soon as there is room. */
  #mayAppend(): boolean {
    const { backlog } = this.#options;
    if (backlog.hasRoom) return true;
    if (!this.#awaitsRoom) {
      this.#awaitsRoom = true;
      void backlog.room().then(() => {
        this.#awaitsRoom = false;
        this.#run();
      });
    }
    return false;
  }

  #append(commit: StagingCommit): void {
    const { clock, isShared, ownership } = this.#options;
    this.#inFlight = commit;
    commit.begunAt = clock.now();
    const hasPieces = commit.pieces > 0;
    commit.holdsPieces =
      this.#room.isPaced && (hasPieces || !this.#waiting.isEmpty('pieces')) && this.#rest.begin(hasPieces);
    const attempt = persist(commit, ownership, isShared ? null : this.#position + 1);
    attempt.outcome.then(
      (outcome) => this.#settle(commit, attempt, outcome),
      (error: unknown) => this.#reload(commit, attempt, String(error)),
    );
    this.#stageWaiting();
  }

  #settle(commit: StagingCommit, attempt: PersistAttempt, outcome: PersistOutcome): void {
    if (this.#stopped) return;
    switch (outcome.type) {
      case 'persisted':
        if (!this.#follows(outcome.commit.position)) {
          this.#stop('ledger-lost', `the ledger answered position ${outcome.commit.position} after ${this.#position}`);
          return;
        }
        this.#committed(outcome.commit, commit);
        return;
      case 'failed':
        this.#discard(commit, outcome.reason);
        return;
      case 'unknown':
        this.#reload(commit, attempt, outcome.reason);
        return;
      case 'fenced':
        this.#stop('fenced', 'another server has claimed the ledger');
        return;
      case 'damaged':
        this.#stop('ledger-damaged', outcome.reason);
        return;
      default:
        assertNever(outcome);
    }
  }

  #follows(position: number): boolean {
    return this.#options.isShared ? position > this.#position : position === this.#position + 1;
  }

  #committed(persisted: Persisted, { ops, pieces, begunAt, holdsPieces }: StagingCommit): void {
    this.#position = persisted.position;
    const tookMs = this.#options.clock.now() - begunAt;
    this.#room.committed({ ops, pieces, tookMs });
    if (holdsPieces) this.#rest.endIn(pieces > 0 ? restAfter(tookMs) : MIN_REST_MS);
    const tell = this.#options.onPersisted(persisted);
    this.#inFlight = null;
    this.#next?.overlay.rebase(this.#options.state);
    // The disk works on the next commit while this one is told; one that needs no disk must not be told before it.
    const next = this.#next;
    if (next !== null && nothingToPersist(next, this.#position) === null && this.#mayAppend()) {
      this.#next = null;
      this.#append(next);
    }
    tell();
    this.#run();
  }

  /** PI-39: imports go on. */
  #rested(): void {
    if (this.#inFlight === null) this.#run();
    else this.#stageWaiting();
  }

  #discard(commit: StagingCommit, reason: string): void {
    this.#options.log.error('a commit failed', { reason, frames: commit.frames.length });
    const lost = [...commit.frames, ...(this.#next?.frames ?? [])];
    this.#inFlight = null;
    this.#next = null;
    this.#rest.drop();
    const failed = new Set(lost.map((frame) => frame.session).filter(({ revoked }) => !revoked));
    // All of them before anybody is told: who hears of the first may send at once for another, of which ops are lost here.
    for (const session of failed) session.revoked = true;
    for (const session of failed) this.#options.onFault(session, { code: 'commit-failed', reason: NOT_STORED });
    this.#run();
  }

  #reload(commit: StagingCommit, attempt: PersistAttempt, reason: string, tried = 0): void {
    const { ownership, log, timers } = this.#options;
    log.warn('the outcome of a commit is unknown; reading the ledger', { reason, tried });
    learnOutcome(ownership, this.#position, attempt.epoch, attempt.segment).then(
      (learnt) =>
        this.#settle(commit, attempt, learnt.type === 'committed' ? foundInLedger(commit, learnt.position) : learnt),
      (error: unknown) => {
        if (tried + 1 >= RELOAD_TRIES) this.#stop('ledger-lost', String(error));
        else timers.after(RELOAD_DELAY_MS, () => this.#reload(commit, attempt, String(error), tried + 1));
      },
    );
  }

  /** Its frames that wait are passed over when their turn comes. */
  #fail(session: OpSession, fault: SessionFault): void {
    if (session.revoked) return;
    session.revoked = true;
    this.#options.onFault(session, fault);
  }

  #stop(why: HostStop, reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#inFlight = null;
    this.#next = null;
    this.#joint = null;
    this.#waiting.clear();
    this.#rest.drop();
    this.#options.waitingBytes.clear();
    this.#waiters.length = 0;
    this.#options.log.error('nothing can be committed any more', { why, reason });
    this.#options.onStopped(why);
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

const NOT_STORED = 'The server could not store the change; it will be sent again.';
