import { wireToOp, type Op, type WireOp } from '@topgun/core/crdt';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import type { StateView } from '../services/crdt/state-view.js';
import { changedOp, toHookedOp } from '../services/hooks/hooked-op.js';
import { ReplicaLine } from '../services/hooks/replica-line.js';
import type { BeforeOpContext, BeforeOpResult, HookRefusal, ServerHooks } from '../services/hooks/server-hooks.js';
import { failureText, isThenable, type CallOutcome } from '../services/hooks/within-limit.js';
import type { CallHook } from '../services/hooks/call-hook.js';
import type { Logger } from '../ports/environment.js';
import type { OpSession } from './op-session.js';
import type { HookedOps, Loaded, SessionFault } from './stages.js';
import type { WaitingBytes } from './waiting-bytes.js';

export interface BeforeOpsOptions {
  readonly hook: NonNullable<ServerHooks['beforeOp']>;
  readonly call: CallHook;
  /** What is committed: of that nothing is asked once more (PI-11). */
  readonly state: Pick<StateView, 'decided'>;
  readonly keyBytes: number;
  readonly waiting: WaitingBytes;
  readonly log: Logger;
  /** Its hooks are done: it goes on to be validated. */
  readonly pass: (frame: Loaded) => void;
  readonly onFault: (session: OpSession, fault: SessionFault) => void;
}

/** Puts the ops of frames to `beforeOp` on their way from load to validate. */
export interface BeforeOps {
  take(frame: Loaded): void;
  readonly isIdle: boolean;
  /** Resolves when no frame waits for a hook. */
  idle(): Promise<void>;
}

interface AskedOp {
  readonly partition: number;
  readonly wire: WireOp;
  readonly op: Op;
}

/**
 * HK-1: one op of a replica after the other, in the order of its sequences, and the next one only when the frame before it has gone on; so
 * whatever a hook does, the order that PI-11 demands holds. Others' frames pass meanwhile, and no commit waits. A frame in which no hook awaits
 * anything goes on in the turn in which it came.
 */
export function createBeforeOps(options: BeforeOpsOptions): BeforeOps {
  const { hook, call, state, keyBytes, waiting, log } = options;
  const line = new ReplicaLine<Loaded>();
  const idle: (() => void)[] = [];

  const ask = (frame: Loaded, { op }: AskedOp) =>
    call<BeforeOpResult>(frame.session.identity, (context) => {
      const asked: BeforeOpContext = { ...context, replica: op.replica, refuse };
      return hook(toHookedOp(op), asked);
    });

  const verdictOn = ({ op, wire }: AskedOp, outcome: CallOutcome<BeforeOpResult>): Refusal | WireOp => {
    const failed = (what: string, reason: string): Refusal => {
      log.error('beforeOp failed', { map: op.map, replica: op.replica, seq: op.seq, reason: what });
      return refusal('hook-failed', reason);
    };
    if (outcome.type !== 'returned') return failed(failureText(outcome), 'The server could not judge this write.');
    // Whatever came back is the app's: a getter may throw.
    try {
      const { value } = outcome;
      if (value === undefined || value === null) return wire;
      if ('refused' in value) return refusal('hook-refused', String(value.refused));
      const changed = changedOp(op, value, keyBytes);
      return changed.ok ? changed.value : failed(changed.error, 'The server made no sense of this write.');
    } catch (error) {
      return failed(failureText({ type: 'threw', error }), 'The server made no sense of this write.');
    }
  };

  /** Asks of one op after the other; true when all are through at once. */
  const askAll = (frame: Loaded, ops: readonly AskedOp[], hooked: Map<WireOp, Refusal | WireOp>, from = 0): boolean => {
    for (let i = from; i < ops.length; i += 1) {
      // A newer session sends it all again.
      if (frame.session.revoked) return true;
      const asked = ops[i]!;
      const note = (outcome: CallOutcome<BeforeOpResult>): void => {
        const verdict = verdictOn(asked, outcome);
        if (verdict !== asked.wire) hooked.set(asked.wire, verdict);
      };
      const outcome = ask(frame, asked);
      if (isThenable(outcome)) {
        void outcome.then((late) => {
          note(late);
          if (askAll(frame, ops, hooked, i + 1)) finish(frame, hooked);
        });
        return false;
      }
      note(outcome);
    }
    return true;
  };

  const begin = (frame: Loaded): void => {
    const hooked = new Map<WireOp, Refusal | WireOp>();
    if (askAll(frame, undecidedOps(frame), hooked)) finish(frame, hooked);
  };

  /** Frames that may begin now, of which some begin others. */
  const ready: Loaded[] = [];
  let isFinishing = false;

  const finish = (frame: Loaded, hooked: HookedOps): void => {
    waiting.release(frame);
    if (!frame.session.revoked) options.pass(hooked.size === 0 ? frame : { ...frame, hooked });
    ready.push(...line.done(frame));
    if (isFinishing) return;
    isFinishing = true;
    for (let next = ready.shift(); next !== undefined; next = ready.shift()) begin(next);
    isFinishing = false;
    if (line.size === 0) for (const resolve of idle.splice(0)) resolve();
  };

  const undecidedOps = ({ batches }: Loaded): readonly AskedOp[] =>
    batches.flatMap(({ replica, partition, ops }) => {
      const decided = state.decided(partition, replica);
      return ops.flatMap((wire): AskedOp[] => {
        if (wire[0] <= decided) return [];
        const op = wireToOp(replica, wire, { keyBytes });
        // What is wrong in itself is refused for that.
        return op.ok && !isSystemMap(op.value.map) ? [{ partition, wire, op: op.value }] : [];
      });
    });

  return {
    take(frame) {
      const fault = waiting.hold(frame);
      if (fault !== null) {
        options.onFault(frame.session, fault);
        return;
      }
      if (line.add(frame, new Set(frame.batches.map(({ replica }) => replica)))) begin(frame);
    },
    get isIdle() {
      return line.size === 0;
    },
    idle: () => (line.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

const refuse = (reason: string): HookRefusal => ({ refused: reason });
