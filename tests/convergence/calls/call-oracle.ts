import type { Op } from '../../../packages/core/src/crdt/index.js';
import type { Value } from '../../../packages/core/src/primitives/index.js';
import type { AppTab } from '../app-tab.js';
import { RECORD_MAPS, TALLY_MAP } from '../maps.js';
import { fieldsOf } from '../queries.js';
import { must, Violation } from '../violation.js';
import type { World } from '../world.js';
import type { AskedCall } from './asked-calls.js';
import { LEAST_BALANCE, type Tally, type Transfer } from './procedures.js';

/** One write of a procedure, as the ledger holds it, and what showed of its record before and after. */
export interface CalledWrite {
  readonly op: Op;
  readonly position: number;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/**
 * PR-7, when an app hears of a call: a settled view of all tallies shows by then what it came to, or something later. Not where clients are told
 * of changes only that there are some, because they read slowly (PT-9): they ask for these, and hear of the call before.
 */
export function judgeHeard(world: World, tab: AppTab, { transfer, told }: AskedCall): void {
  const isLeftOut = world.profile.pushBytes !== undefined;
  if (told?.type !== 'returned' || world.hasBeenPutBack || isLeftOut) return;
  for (const { map, query, handle } of tab.views.values()) {
    const { data, settled } = handle.getSnapshot();
    if (map !== TALLY_MAP || Object.keys(query.input).length > 0 || !settled) continue;
    const shown = data.find(({ _key }) => _key === transfer.from) as (Tally & { readonly _key: string }) | undefined;
    if ((shown?.transfers ?? 0) >= (told.result as number)) continue;
    const what = `${tab.name} is told of transfer ${String(told.result)} by ${transfer.mark}, and shows ${JSON.stringify(shown)}`;
    world.found(new Violation('calls', what));
  }
}

/** PR-2, PR-3, PR-4: what each call has done is in one commit, whole, once for each who asked, and what was told of it. */
export function checkCalls(world: World): void {
  const commits = commitsByMark(world);
  const byId = groupById(world.calls.all);
  for (const [mark, writes] of commits) {
    must(byId.has(mark), 'calls', () => `nobody has called for "${mark}": ${JSON.stringify(writes)}`);
  }
  for (const [id, asked] of byId) checkCall(world, id, asked, commits.get(id) ?? []);
}

const idOf = ({ transfer }: AskedCall): string => transfer.mark;

/** The writes of each call, one list for each time that it was done. */
function commitsByMark({ ledger }: World): ReadonlyMap<string, readonly (readonly CalledWrite[])[]> {
  const byMark = new Map<string, Map<number, CalledWrite[]>>();
  for (const write of ledger.called) {
    const fields = fieldsOf(write.after ?? null);
    const written = fields[write.op.map === TALLY_MAP ? 'last' : 'tag'];
    const mark = typeof written === 'string' ? written : '';
    const commits = byMark.get(mark) ?? new Map<number, CalledWrite[]>();
    byMark.set(mark, commits);
    commits.set(write.position, [...(commits.get(write.position) ?? []), write]);
  }
  return new Map([...byMark].map(([mark, commits]) => [mark, [...commits.values()].flatMap(timesOf)]));
}

/** A commit may have a call more than once, for several callers: each time it writes each record once. */
function timesOf(writes: readonly CalledWrite[]): readonly (readonly CalledWrite[])[] {
  const times: CalledWrite[][] = [];
  for (const write of writes) {
    const time = times.find((ofTime) => !ofTime.some(({ op }) => op.map === write.op.map && op.key === write.op.key));
    if (time === undefined) times.push([write]);
    else time.push(write);
  }
  return times;
}

function checkCall(
  world: World,
  id: string,
  asked: readonly AskedCall[],
  commits: readonly (readonly CalledWrite[])[],
): void {
  const [first] = asked;
  const told = asked.flatMap((call) => call.told ?? []);
  const story = (): string => `${id} (${JSON.stringify(first?.transfer)}), told as ${JSON.stringify(told)},`;
  const callers = world.calls.callersOf(id);
  must(commits.length <= callers.size, 'calls', () => {
    return `${story()} was done ${commits.length} times for ${callers.size} callers`;
  });
  for (const [times, writes] of commits.entries()) {
    const problem = first === undefined ? null : problemOf(first.transfer, writes, times > 0);
    must(problem === null, 'calls', () => `${story()} ${problem}: ${JSON.stringify(writes)}`);
  }
  const isRun = asked.some((call) => call.told === null || call.told.type === 'returned' || call.told.mayHaveRun);
  must(isRun || commits.length === 0, 'calls', () => `${story()} was done`);
  // A ledger that was put back has lost what it had done, and what it had told of it.
  if (world.hasBeenPutBack) return;
  const results = commits.map((writes) => transfersOf(first?.transfer.from, writes));
  for (const one of told) {
    if (one.type === 'returned') {
      must(results.includes(one.result as number), 'calls', () => `${story()} came to ${results.join() || 'nothing'}`);
    }
  }
  // Each who asks is told the same, however often they do.
  const isRefused = told.some((one) => one.type === 'failed' && one.code === 'refused');
  must(!isRefused || commits.length < callers.size, 'calls', () => `${story()} was refused, and done`);
}

const transfersOf = (key: string | undefined, writes: readonly CalledWrite[]): unknown =>
  fieldsOf(writes.find(({ op }) => op.map === TALLY_MAP && op.key === key)?.after ?? null)['transfers'];

/** What is wrong with a transfer as one commit has it. `isAgain`: another caller has had it done before, so that the todo may bear its mark. */
function problemOf(
  { from, to, amount, todo }: Transfer,
  writes: readonly CalledWrite[],
  isAgain: boolean,
): string | null {
  const expected = [`${TALLY_MAP}/${from}`, `${TALLY_MAP}/${to}`];
  const isMarked = writes.some(({ op }) => op.map === RECORD_MAPS[0]);
  if (todo !== null && (!isAgain || isMarked)) expected.push(`${RECORD_MAPS[0]}/${todo}`);
  const found = writes.map(({ op }) => `${op.map}/${op.key}`);
  if (found.toSorted().join() !== expected.toSorted().join())
    return `wrote ${found.join()} instead of ${expected.join()}`;
  for (const { op, before, after } of writes) {
    if (op.map !== TALLY_MAP) continue;
    const [was, is] = [tallyOf(before), tallyOf(after)];
    const change = op.key === from ? -amount : amount;
    if (is.balance !== was.balance + change || is.transfers !== was.transfers + 1)
      return `made another change of ${op.key}`;
    if (op.key === from && is.balance < LEAST_BALANCE) return `left ${op.key} with ${is.balance}`;
  }
  return null;
}

function tallyOf(value: Value | undefined): Pick<Tally, 'balance' | 'transfers'> {
  const { balance = 0, transfers = 0 } = fieldsOf(value ?? null);
  return { balance: balance as number, transfers: transfers as number };
}

function groupById(calls: readonly AskedCall[]): Map<string, AskedCall[]> {
  const byId = new Map<string, AskedCall[]>();
  for (const call of calls) byId.set(idOf(call), [...(byId.get(idOf(call)) ?? []), call]);
  return byId;
}
