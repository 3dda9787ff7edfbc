import type { Timers } from '../ports/environment.js';
import type { Identity } from '../ports/identity.js';
import type { StateView } from '../services/crdt/state-view.js';
import { ownCopy } from '../services/hooks/own-copy.js';
import { isThenable, withinLimit, type CallOutcome as Ran } from '../services/hooks/within-limit.js';
import type { CallOutcome } from '../services/procedures/call-outcome.js';
import type { Procedure } from '../services/procedures/procedure.js';
import { CallDraft, type CallDraftParts } from './call-draft.js';
import { createCallContext } from './procedure-context.js';

/** A run that is over: what it has read and written, and how it ended. */
export interface EndedRun {
  readonly draft: CallDraft;
  readonly ran: Ran<unknown>;
  /** What it has refused itself by. */
  readonly refused: CallOutcome | null;
}

/**
 * PR-3: runs a procedure over a state, once. At once where it awaits nothing; otherwise `goOn` waits for its end, and what it reads from then on is `committed`. Its time
 * begins now.
 */
export function runProcedure(
  { args, identity, procedure, timers, limitMs }: RunParts,
  parts: CallDraftParts,
  below: StateView,
): EndedRun | { readonly goOn: (committed: StateView) => Promise<EndedRun> } {
  const draft = new CallDraft(parts, below);
  let given: ReturnType<typeof createCallContext> | null = null;
  const ran = withinLimit<unknown>(timers, limitMs, (signal) => {
    const readOnly = procedure.readOnly === true;
    given = createCallContext({ draft, identity, signal, now: parts.now, readOnly, schema: parts.schema });
    return procedure.run(given.context as never, ownCopy(args as never));
  });
  const ended = (how: Ran<unknown>): EndedRun => {
    draft.close();
    return { draft, ran: how, refused: given?.refused ?? null };
  };
  if (!isThenable(ran)) return ended(ran);
  return {
    goOn(committed) {
      draft.goOn(committed);
      return ran.then(ended);
    },
  };
}

export interface RunParts {
  readonly procedure: Procedure;
  readonly args: unknown;
  readonly identity: Identity | null;
  readonly timers: Timers;
  readonly limitMs: number;
}
