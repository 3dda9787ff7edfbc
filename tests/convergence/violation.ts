/** What has to be true of every run. Each is shown to be able to fail by `defects.test.ts`. */
export type Oracle =
  /** CL-1: a write is visible to its tab when the call returns. */
  | 'visible-at-once'
  /** CL-6: once everything is healed, every tab becomes live, with nothing pending and every view settled. */
  | 'progress'
  /** CR-8: every tab of every device, a newcomer too, holds what the ledger's ops mean: records, sets and counters. */
  | 'equal-records'
  /** The same of what each device has stored. */
  | 'equal-storage'
  /** SY-2: what a device offers of a map is the digest of what it has stored, and the server says `same` exactly when its own records are those. */
  | 'equal-digests'
  /** SY-5: each settled view is the query evaluated from scratch over the server's records. */
  | 'equal-views'
  /** QU-60, QU-61: each settled view of groups, related rows or chosen fields is that over the server's records. */
  | 'equal-derived-views'
  /** CL-3: at every step each view is the query evaluated plainly over what its tab holds. */
  | 'views-at-every-step'
  /** PI-4: the cold store's rows are the records. */
  | 'cold-store'
  /** PI-13: a server starts, from snapshots and what the log still has, as the whole log would have it. */
  | 'snapshots'
  /** PI-1, PI-11: what was acked is in the ledger, as it was acked; no op is there twice. */
  | 'acked-once'
  /** CL-1: what was persisted is decided in the end, though its tab is gone. */
  | 'persisted-decided'
  /** CR-12: of a transaction the ledger takes all parts or none. */
  | 'all-or-nothing'
  /** PR-2 to PR-4, PR-7: what a call does is in one commit, whole, once, over what was there then; and what is told of it is so. */
  | 'calls'
  /** Every value in the ledger was written by an app, under that op's id. */
  | 'provenance'
  /** CR-5, CR-9, CR-10: a settled view does not show what was removed, or ended, long ago, forgotten or not. */
  | 'removed-long-ago'
  /** CR-9: the server removes by itself what has ended, and nothing else. */
  | 'ended'
  /** CR-10: what the server forgets is older than the horizon, and nothing shows of it. */
  | 'forgotten'
  /** CR-7: a counter that only grows never falls, has this tab's own counts in it, and none that nobody made. */
  | 'counts'
  /** CL-4: only the latest leader stores decisions, and one that was robbed while it was frozen submits nothing. */
  | 'one-leader'
  /** CL-7: with right clocks nothing of what these apps write is refused, but edits of what was forgotten (CR-10). */
  | 'refusals'
  /** RU-5: whatever reaches a device is its user's to see, by the rules of the server that says it and of the records as they were then. */
  | 'only-allowed'
  /** RU-3: the ledger takes of nobody what the rules do not grant them. */
  | 'only-permitted'
  /** RU-5, RU-6: a settled view does not show what was taken away from its user long ago. */
  | 'taken-away'
  /** RU-6: when rights have changed and everybody has been connected since, nothing is stored that its user may not see, asked for or not. */
  | 'stored-unseen'
  /** SE-21, SE-40: at every quiet step each live search is a fresh one over what its tab holds. */
  | 'searches'
  /** SE-42, SE-44: in the end each live search, with its counts and completions, is a fresh one over what its user may see. */
  | 'equal-searches'
  /** SE-44: what the server counts, and completes by, is what its asker may see. */
  | 'only-counted'
  /** Nothing is reported as an error, no message is unreadable. */
  | 'no-errors';

export class Violation extends Error {
  readonly oracle: Oracle;

  constructor(oracle: Oracle, message: string) {
    super(`${oracle}: ${message}`);
    this.name = 'Violation';
    this.oracle = oracle;
  }
}

/** Whether two runs went wrong the same way: names, ids and values apart. */
export const isSameFault = (a: Violation, b: Violation): boolean => patternOf(a) === patternOf(b);

const patternOf = ({ oracle, message }: Violation): string => oracle + message.slice(0, 200).replace(/\S*\d\S*/g, '#');

export function must(holds: boolean, oracle: Oracle, message: () => string): void {
  if (!holds) throw new Violation(oracle, message());
}
