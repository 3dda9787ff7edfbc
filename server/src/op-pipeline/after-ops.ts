import { isServerReplica, wireToOp, type Op } from '@topgun/core/crdt';
import type { Logger } from '../ports/environment.js';
import { APPLIED, SUPERSEDED, type SegmentVerdict } from '../services/persistence/segment.js';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import { CALLS_REPLICA } from '../services/procedures/kept-calls.js';
import type { CallHook } from '../services/hooks/call-hook.js';
import { toHookedOp } from '../services/hooks/hooked-op.js';
import type { DecidedOp, ServerHooks } from '../services/hooks/server-hooks.js';
import { failureText, isThenable, type CallOutcome } from '../services/hooks/within-limit.js';
import type { Applied } from './stages.js';

/** So many calls are under way at once. */
const MAX_CALLS = 64;
/** So many wait for their turn; of what comes then nothing is told, and the log says so. */
const MAX_WAITING = 10_000;

export interface AfterOpsOptions {
  readonly hook: NonNullable<ServerHooks['afterOp']>;
  readonly call: CallHook;
  readonly log: Logger;
}

/** HK-5: tells `afterOp` of what a commit has decided. Nothing waits for it, and what it does to itself is its own. */
export interface AfterOps {
  told(commit: Applied): void;
  readonly isIdle: boolean;
  /** Resolves when no call is under way or waits. */
  idle(): Promise<void>;
}

/** Any key: it was judged when the op was taken. */
const ANY = { keyBytes: Number.MAX_SAFE_INTEGER, allowsEmptyPatch: true };

export function createAfterOps({ hook, call, log }: AfterOpsOptions): AfterOps {
  const waiting: (() => ReturnType<CallHook>)[] = [];
  const idle: (() => void)[] = [];
  let underWay = 0;
  let skipped = 0;

  const ended = (outcome: CallOutcome<unknown>): void => {
    if (outcome.type !== 'returned') log.error('afterOp failed', { reason: failureText(outcome) });
  };

  const run = (): void => {
    while (underWay < MAX_CALLS && waiting.length > 0) {
      const outcome = waiting.shift()!();
      if (!isThenable(outcome)) {
        ended(outcome);
        continue;
      }
      underWay += 1;
      void outcome.then((late) => {
        underWay -= 1;
        ended(late);
        run();
      });
    }
    if (underWay > 0) return;
    if (skipped > 0) log.warn('afterOp does not keep up: of some ops it was not told', { skipped });
    skipped = 0;
    for (const resolve of idle.splice(0)) resolve();
  };

  return {
    told({ frames, position }) {
      for (const { session, entries } of frames) {
        for (const { replica, ops } of entries) {
          // What the server does of its own accord is nobody's op; what a procedure does somebody has called for.
          if (isServerReplica(replica) && replica !== CALLS_REPLICA) continue;
          for (const [wire, verdict] of ops) {
            const op = wireToOp(replica, wire, ANY);
            // One that was refused for its form is none that could be told of.
            if (!op.ok || isSystemMap(op.value.map)) continue;
            if (waiting.length >= MAX_WAITING) skipped += 1;
            else
              waiting.push(() =>
                call(session.identity, (context) => hook(decidedOp(op.value, position, verdict), context)),
              );
          }
        }
      }
      run();
    },
    get isIdle() {
      return underWay + waiting.length === 0;
    },
    idle: () => (underWay + waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

function decidedOp(op: Op, position: number, verdict: SegmentVerdict): DecidedOp {
  const told = { op: toHookedOp(op), position };
  if (verdict === APPLIED) return { ...told, outcome: 'applied' };
  if (verdict === SUPERSEDED) return { ...told, outcome: 'superseded' };
  const [code, reason] = verdict;
  return { ...told, outcome: 'refused', code, reason };
}
