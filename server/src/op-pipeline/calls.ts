import { MAX_OPEN_CALLS, type CallMessage } from '@topgun/core/protocol';
import type { Clock, Logger, Timers } from '../ports/environment.js';
import type { Identity } from '../ports/identity.js';
import type { CallPart, Found, JointCallOutcome, LookUp } from '../ports/joint-calls.js';
import type { SessionId } from '../ports/partition-host.js';
import type { Overlay } from '../services/crdt/overlay.js';
import type { StateView } from '../services/crdt/state-view.js';
import { refusedCall, type CallOutcome, type RefusedCall } from '../services/procedures/call-outcome.js';
import type { DecideCall, DecidedCall } from '../services/procedures/decide-call.js';
import { callerKey, findCall, keepCall } from '../services/procedures/kept-calls.js';
import { KnownElsewhere } from '../services/elsewhere/known-elsewhere.js';
import { Lanes } from '../services/procedures/lanes.js';
import { DEFAULT_PROCEDURE_MS, type Procedure, type Procedures } from '../services/procedures/procedure.js';
import { CallDraft, type CallDraftParts } from './call-draft.js';
import { endlessCall, failedCall, judgeRun, otherCall, readArgs, toldAgain } from './judge-call.js';
import { runProcedure, type EndedRun } from './procedure-run.js';

/** PR-3: so often a procedure that awaits something is run, before others have changed what it read once too often. */
export const MAX_RUNS = 8;

/** PR-8: so often a run begins again for what others have. */
export const MAX_LOOK_UPS = 256;

export interface CallRequest {
  readonly session: SessionId;
  readonly identity: Identity | null;
  readonly message: CallMessage;
  readonly bytes: number;
}

/** What a client is to be told, and what it has cost. */
export interface AnsweredCall {
  readonly session: SessionId;
  readonly id: number;
  readonly name: string;
  readonly outcome: CallOutcome;
  /** Records that its queries looked at. */
  readonly rows: number;
  /** What it wrote. */
  readonly ops: number;
}

export interface CallsOptions extends Omit<CallDraftParts, 'now' | 'author'> {
  readonly procedures: Procedures;
  /** What is committed. */
  readonly state: StateView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  /** PI-7: what a procedure reads nobody knows beforehand. `null`: all records are here; else a failure, or `null` once they are. */
  readonly needAll: () => Promise<unknown> | null;
  /** Has it decided in its turn; false: nothing of it was written. */
  readonly decide: (decide: DecideCall, bytes: number, identity: Identity | null) => Promise<boolean>;
  readonly answer: (answered: AnsweredCall) => void;
  /** Of a host that is one of several; `null`: all records are here. */
  readonly elsewhere: Elsewhere | null;
}

/** What a host has of others. */
export interface Elsewhere {
  /** Which partitions are here. */
  readonly owns: (partition: number) => boolean;
  /** PR-8: `null`: somebody cannot say it now. */
  lookUp(lookUps: readonly LookUp[]): Promise<readonly Found[] | null>;
  /** PR-3: as `Lanes` has it, for the calls of all hosts. */
  enterLane(name: string): Promise<() => void>;
  /** PR-9. */
  propose(call: ProposedCall): Promise<JointCallOutcome>;
}

/** PR-9: what a run has read and written, of several hosts. */
export interface ProposedCall {
  readonly part: CallPart;
  readonly identity: Identity | null;
  /** False: nothing of it comes to the ledger, in any host. */
  readonly isWriting: boolean;
  /** Writes what is of this host; `null`: it cannot be taken. */
  readonly write: (overlay: Overlay, own: CallPart) => DecidedCall | null;
}

/** PR-1 to PR-5: runs the procedures that clients call. */
export interface Calls {
  take(request: CallRequest): void;
  sessionClosed(session: SessionId): void;
  /** No procedure is run. */
  readonly isIdle: boolean;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
}

interface OpenCall {
  readonly name: string;
  /** Who waits for it: it may be asked again before it is done. */
  readonly asked: { readonly session: SessionId; readonly id: number }[];
  rows: number;
  ops: number;
}

export function createCalls(options: CallsOptions): Calls {
  const { clock, elsewhere, hash, log, procedures, state, timers } = options;
  const open = new Map<string, OpenCall>();
  /** PR-3: of a procedure one call after the other runs again, or those that are about one record would keep each other from it. */
  const lanes = new Lanes();
  const unanswered = new Map<SessionId, number>();
  const idle: (() => void)[] = [];
  let running = 0;

  /** CR-9: ends are whole numbers of ms, whatever the clock tells. */
  const wholeNow = (): number => Math.floor(clock.now());

  const answer = (answered: AnsweredCall): void => {
    const count = unanswered.get(answered.session);
    if (count !== undefined) unanswered.set(answered.session, count - 1);
    options.answer(answered);
  };

  const perform = async (request: CallRequest, opened: OpenCall): Promise<CallOutcome> => {
    const { identity, message } = request;
    const caller = callerKey(message.caller, identity?.principal ?? null);
    // Never in the turn in which it is taken. PI-45: what was hot may have gone again.
    let wait = options.needAll();
    do {
      if (((await wait) ?? null) !== null) return LATER;
      wait = options.needAll();
    } while (wait !== null);
    running += 1;
    return performHot({ ...request, caller }, opened).finally(() => (running -= 1));
  };

  const performHot = async (request: CallRequest & Pick<Asked, 'caller'>, opened: OpenCall): Promise<CallOutcome> => {
    const { caller } = request;
    const { call, name, args: sent } = request.message;
    const kept = findCall(state, hash, caller, call);
    if (kept !== undefined) return toldAgain(kept, name);
    const procedure = Object.hasOwn(procedures, name) ? procedures[name] : undefined;
    if (procedure === undefined) return refusedCall('unknown-procedure', `There is no procedure ${quoted(name)}.`);
    const args = readArgs(log, name, procedure, sent);
    return 'args' in args ? runCall({ ...request, procedure, args: args.args }, opened) : args;
  };

  /** PR-3: once, or anew as long as others have changed what it had read by the time it is to be written. */
  const runCall = async (asked: CallRequest & Asked, opened: OpenCall): Promise<CallOutcome> => {
    const first = await runOnce(asked, opened);
    if (first !== null) return first;
    const { name } = asked.message;
    const leave = await (elsewhere === null ? lanes.enter(name) : elsewhere.enterLane(name));
    try {
      for (let runs = 2; runs <= MAX_RUNS; runs += 1) {
        const again = await runOnce(asked, opened);
        if (again !== null) return again;
      }
    } finally {
      leave();
    }
    return refusedCall('conflict', 'Others kept changing what the call is about; it may be tried again.');
  };

  /** `null`: others have changed what it had read. PR-8: what is missing of what others have is looked up, and it begins again. */
  const runOnce = async (asked: CallRequest & Asked, opened: OpenCall): Promise<CallOutcome | null> => {
    if (elsewhere === null) return runOver(asked, opened, null);
    const known = new KnownElsewhere({ hash, owns: elsewhere.owns, find: options.find });
    for (let looks = 0; looks <= MAX_LOOK_UPS; looks += 1) {
      const outcome = await runOver(asked, opened, known);
      if (known.missing.length === 0) return outcome;
      const missing = known.takeMissing();
      const found = await elsewhere.lookUp(missing);
      if (found === null) return LATER;
      known.found(missing, found);
    }
    return endlessCall(log, asked.message.name, MAX_LOOK_UPS);
  };

  const runOver = async (
    asked: CallRequest & Asked,
    opened: OpenCall,
    known: KnownElsewhere | null,
  ): Promise<CallOutcome | null> => {
    const { bytes, caller, identity, message, procedure } = asked;
    const { call, name } = message;
    const limitMs = procedure.timeoutMs ?? DEFAULT_PROCEDURE_MS;
    const judge = (ended: EndedRun): CallOutcome => {
      opened.rows += ended.draft.looked;
      return judgeRun(log, name, ended);
    };
    /** PR-2, PR-4: the draft's writes, where they count, and what is kept of the call, are one thing. */
    const take = (overlay: Overlay, draft: CallDraft, outcome: CallOutcome): DecidedCall => {
      if (!isKept(procedure, outcome)) return NOTHING;
      const counts = outcome.type === 'returned';
      const { entries, events } = counts ? draft.applyTo(overlay) : NOTHING;
      opened.ops += counts ? draft.size : 0;
      const stamping = { stamp: options.stamp, now: wholeNow() };
      return { entries: [...entries, keepCall(overlay, hash, caller, { call, name, outcome }, stamping)], events };
    };

    const parts = { ...options, now: wholeNow(), author: identity?.principal ?? null };
    const seen = (here: StateView): StateView => known?.over(here) ?? here;
    const lacks = (): boolean => known !== null && known.missing.length > 0;
    const turn: Turn = {};
    const isTaken = await options.decide(
      (overlay) => {
        const before = findCall(overlay, hash, caller, call);
        if (before !== undefined) {
          turn.outcome = toldAgain(before, name);
          return NOTHING;
        }
        const run = runProcedure(
          { ...asked, timers, limitMs },
          { ...parts, find: known?.find ?? options.find },
          seen(overlay),
        );
        if ('goOn' in run) turn.rest = run.goOn(seen(state));
        else if (!lacks()) {
          if (isHere(run.draft, overlay, known)) {
            turn.outcome = judge(run);
            return take(overlay, run.draft, turn.outcome);
          }
          turn.rest = Promise.resolve(run);
        }
        return NOTHING;
      },
      bytes,
      identity,
    );
    const ended = await turn.rest;
    if (!isTaken) return LATER;
    if (turn.outcome !== undefined) return turn.outcome;
    if (lacks()) return null;
    if (ended === undefined) return LATER;
    const outcome = judge(ended);
    const { draft } = ended;
    if (elsewhere !== null && !isHere(draft, state, known)) {
      if (outcome.type === 'refused' && !isOfWhatItRead(outcome)) return outcome;
      if (draft.isTorn) return null;
      const { part } = draft;
      const counts = outcome.type === 'returned';
      const write = (overlay: Overlay, own: CallPart): DecidedCall | null => {
        const again = findCall(overlay, hash, caller, call) === undefined ? CallDraft.of(parts, own, overlay) : null;
        return again && take(overlay, again, outcome);
      };
      const proposed = { ...part, writes: counts ? part.writes : [] };
      const became = await elsewhere.propose({
        part: proposed,
        identity,
        isWriting: isKept(procedure, outcome),
        write,
      });
      if (became === 'failed') return LATER;
      return became === 'conflict' ? null : outcome;
    }
    if (outcome.type === 'refused' && outcome.code !== 'refused') return outcome;
    let isConflict = false;
    const isWritten = await options.decide(
      (overlay) => {
        const again = draft.isTorn ? null : CallDraft.of(parts, draft.part, overlay);
        isConflict = again === null;
        return again === null ? NOTHING : take(overlay, again, outcome);
      },
      bytes,
      identity,
    );
    if (!isWritten) return LATER;
    return isConflict ? null : outcome;
  };

  return {
    take(request) {
      const { session, identity, message } = request;
      const { id, name } = message;
      const asked = { session, id };
      const count = unanswered.get(session) ?? 0;
      unanswered.set(session, count + 1);
      const refuse = (outcome: CallOutcome): void => answer({ ...asked, name, outcome, rows: 0, ops: 0 });
      if (count >= MAX_OPEN_CALLS) return refuse(TOO_MANY);
      const place = `${callerKey(message.caller, identity?.principal ?? null)}\0${message.call}`;
      const standing = open.get(place);
      if (standing !== undefined) {
        if (standing.name === name) standing.asked.push(asked);
        else refuse(otherCall());
        return;
      }
      const opened: OpenCall = { name, asked: [asked], rows: 0, ops: 0 };
      open.set(place, opened);
      void perform(request, opened)
        .catch((error: unknown) => failedCall(log, name, error))
        .then((outcome) => {
          open.delete(place);
          const { rows, ops } = opened;
          opened.asked.forEach((one, i) => answer({ ...one, name, outcome, ...(i === 0 ? { rows, ops } : FREE) }));
          if (open.size === 0) for (const resolve of idle.splice(0)) resolve();
        });
    },
    sessionClosed: (session) => void unanswered.delete(session),
    get isIdle() {
      return running === 0;
    },
    idle: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

interface Asked {
  /** Under which what it comes to is kept. */
  readonly caller: string;
  readonly procedure: Procedure;
  readonly args: unknown;
}

/** What a turn has come to: an outcome, or a run that is not over. */
interface Turn {
  outcome?: CallOutcome;
  rest?: Promise<EndedRun>;
}

/** PR-4. */
const isKept = ({ readOnly }: Procedure, outcome: CallOutcome): boolean =>
  readOnly !== true && (outcome.type === 'returned' || outcome.code === 'refused');

/** PR-8: what it has read of several hosts was of several moments: it may have refused, or failed, for that alone. */
const isOfWhatItRead = ({ code }: RefusedCall): boolean => code === 'refused' || code === 'failed';

/** Whether all that it has read and written is of this host, and nothing that it writes says first what a map holds (CR-7). */
function isHere({ part }: CallDraft, state: StateView, known: KnownElsewhere | null): boolean {
  if (known === null) return true;
  const { queries, reads, writes } = part;
  return (
    [...reads, ...writes].every(({ partition }) => known.owns(partition)) &&
    queries.every(({ map, query }) => known.isHere(map, query)) &&
    writes.every(({ map }) => state.mapType(map) !== undefined)
  );
}

const NOTHING: DecidedCall = { entries: [], events: [] };
const FREE = { rows: 0, ops: 0 };
const LATER = refusedCall('overloaded', 'The server cannot do this now; it may be tried again.');
const TOO_MANY = refusedCall('overloaded', `A connection has at most ${MAX_OPEN_CALLS} calls without an answer.`);

const quoted = (name: string): string => JSON.stringify(name.slice(0, 64));
