import type { Timers } from '../../../packages/core/src/client/ports/environment.js';
import type { Value } from '../../../packages/core/src/primitives/index.js';
import type { Procedure, ProcedureContext, Procedures } from '../../../server/src/services/procedures/procedure.js';
import type { Defects } from '../defects.js';
import { RECORD_MAPS, TALLY_MAP } from '../maps.js';

/** What goes from one tally to another: with it a todo is marked, if one is named. */
export interface Transfer {
  /** A text that nothing else ever writes. */
  readonly mark: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly todo: string | null;
}

/** How much there is, by how many transfers, and which was the last. */
export interface Tally {
  readonly balance: number;
  readonly transfers: number;
  readonly last: string;
}

/** No tally goes below this: a transfer that would is refused. */
export const LEAST_BALANCE = -10;

/** How long the slow one thinks, so that others change what it has read. */
const THOUGHT_MS = 300;

interface Maps {
  [TALLY_MAP]: Tally;
  todos: Readonly<Record<string, Value>>;
}

type Context = ProcedureContext<Maps>;

/** The same twice: one awaits nothing, the other reads, waits, and writes (PR-3). Both come to how many transfers the giving tally has had. */
export function createProcedures(timers: Timers, { callsOverwrite = false }: Defects): Procedures {
  const readOnce = new Map<string, Tallies>();
  const procedures: Readonly<Record<string, Procedure<Maps>>> = {
    transfer: { run: (context, args) => give(context, args as Transfer, read(context, args as Transfer)) },
    transferSlowly: {
      async run(context, args) {
        const transfer = args as Transfer;
        const fresh = read(context, transfer);
        const tallies = (callsOverwrite ? readOnce.get(transfer.mark) : undefined) ?? fresh;
        readOnce.set(transfer.mark, tallies);
        await new Promise<void>((resolve) => timers.after(THOUGHT_MS, resolve));
        return give(context, transfer, tallies);
      },
    },
  };
  return procedures;
}

const EMPTY: Tally = { balance: 0, transfers: 0, last: '' };

type Tallies = readonly [from: Tally, to: Tally];

function read({ map }: Context, { from, to }: Transfer): Tallies {
  const tallies = map(TALLY_MAP);
  return [tallies.get(from) ?? EMPTY, tallies.get(to) ?? EMPTY];
}

function give({ map, refuse }: Context, transfer: Transfer, [giver, taker]: Tallies): number {
  const { mark, from, to, amount, todo } = transfer;
  const tallies = map(TALLY_MAP);
  tallies.set(from, { balance: giver.balance - amount, transfers: giver.transfers + 1, last: mark });
  tallies.set(to, { balance: taker.balance + amount, transfers: taker.transfers + 1, last: mark });
  if (todo !== null) map(RECORD_MAPS[0]).update(todo, (previous) => ({ ...previous, tag: mark }));
  // What it has written by then counts as little as if it had not.
  if (giver.balance - amount < LEAST_BALANCE) refuse('There is not enough.');
  return giver.transfers + 1;
}
