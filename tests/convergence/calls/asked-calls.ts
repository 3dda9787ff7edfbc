import { CallError } from '../../../packages/core/src/client/server-call.js';
import type { CallMessage } from '../../../packages/core/src/protocol/index.js';
import type { AppTab } from '../app-tab.js';
import type { Transfer } from './procedures.js';

/** What an app was told of a call. */
export type ToldOfCall =
  | { readonly type: 'returned'; readonly result: unknown }
  | { readonly type: 'failed'; readonly code: CallError['code']; readonly mayHaveRun: boolean };

/** A call as an app has made it: one that is made again is another, of the same id. */
export interface AskedCall {
  readonly tab: string;
  readonly device: string;
  readonly procedure: 'transfer' | 'transferSlowly';
  /** Its mark is the id of the call. */
  readonly transfer: Transfer;
  told: ToldOfCall | null;
}

/** Every call that apps have made in a run, and from which local databases each has reached a server. */
export interface AskedCalls {
  readonly all: readonly AskedCall[];
  ask(tab: AppTab, call: Omit<AskedCall, 'tab' | 'told'>, options: AskOptions): void;
  /** A server has got it. */
  arrived(message: CallMessage): void;
  callersOf(id: string): ReadonlySet<string>;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly waitForServer: boolean;
  readonly beforeWrites: boolean;
}

export interface AskedCallsOptions {
  /** An app hears of a call. Not one of a tab that is gone. */
  readonly heard: (tab: AppTab, call: AskedCall) => void;
  readonly isOpen: (tab: AppTab) => boolean;
  /** Something else than a call's error was thrown. */
  readonly threw: (error: unknown) => void;
}

export function createAskedCalls({ heard, isOpen, threw }: AskedCallsOptions): AskedCalls {
  const all: AskedCall[] = [];
  const callers = new Map<string, Set<string>>();
  return {
    all,
    ask(tab, call, options) {
      const asked: AskedCall = { ...call, tab: tab.name, told: null };
      all.push(asked);
      const hear = (told: ToldOfCall): void => {
        asked.told = told;
        if (isOpen(tab)) heard(tab, asked);
      };
      tab.client.call(call.procedure, call.transfer, { ...options, id: call.transfer.mark }).then(
        (result) => hear({ type: 'returned', result }),
        (error: unknown) => {
          if (error instanceof CallError) hear({ type: 'failed', code: error.code, mayHaveRun: error.mayHaveRun });
          else threw(error);
        },
      );
    },
    arrived({ call, caller }) {
      const known = callers.get(call);
      if (known === undefined) callers.set(call, new Set([caller]));
      else known.add(caller);
    },
    callersOf: (id) => callers.get(id) ?? NONE,
  };
}

const NONE: ReadonlySet<string> = new Set();
