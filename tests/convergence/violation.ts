/** What has to be true of every run. Each is shown to be able to fail by `defects.test.ts`. */
export const ORACLES = {
  'visible-at-once': 'CL-1: a write is visible to its tab when the call returns',
  progress: 'CL-6: once everything is healed, every tab becomes live, with nothing pending and every view settled',
  'equal-records':
    'CR-8: every tab of every device, a newcomer too, holds what the ledger’s ops mean: records, sets and counters',
  'equal-storage': 'The same of what each device has stored',
  'equal-digests':
    'SY-2: what a device offers of a map is the digest of what it has stored, and the server says `same` exactly when its own records are those',
  'equal-views': 'SY-5: each settled view is the query evaluated from scratch over the server’s records',
  'equal-derived-views':
    'QU-60, QU-61: each settled view of groups, related rows or chosen fields is that over the server’s records',
  'views-at-every-step': 'CL-3: at every step each view is the query evaluated plainly over what its tab holds',
  'cold-store': 'PI-4: the cold store’s rows are the records',
  snapshots: 'PI-13: a server starts, from snapshots and what the log still has, as the whole log would have it',
  'acked-once': 'PI-1, PI-11: what was acked is in the ledger, as it was acked; no op is there twice',
  'persisted-decided': 'CL-1: what was persisted is decided in the end, though its tab is gone',
  'all-or-nothing': 'CR-12: of a transaction the ledger takes all parts or none',
  calls:
    'PR-2 to PR-4, PR-7: what a call does is in one commit, whole, once, over what was there then; and what is told of it is so',
  provenance: 'Every value in the ledger was written by an app, under that op’s id',
  'removed-long-ago':
    'CR-5, CR-9, CR-10: a settled view does not show what was removed, or ended, long ago, forgotten or not',
  ended: 'CR-9: the server removes by itself what has ended, and nothing else',
  forgotten: 'CR-10: what the server forgets is older than the horizon, and nothing shows of it',
  counts: 'CR-7: a counter that only grows never falls, has this tab’s own counts in it, and none that nobody made',
  'one-leader':
    'CL-4: only the latest leader stores decisions, and one that was robbed while it was frozen submits nothing',
  'one-server': 'PI-3: only the server that claimed the ledger last writes to it',
  refusals:
    'CL-7: with right clocks nothing of what these apps write is refused, but edits of what was forgotten (CR-10)',
  'only-allowed':
    'RU-5: whatever reaches a device is its user’s to see, by the rules of the server that says it and of the records as they were then',
  'only-permitted': 'RU-3: the ledger takes of nobody what the rules do not grant them',
  'taken-away': 'RU-5, RU-6: a settled view does not show what was taken away from its user long ago',
  'stored-unseen':
    'RU-6: when rights have changed and everybody has been connected since, nothing is stored that its user may not see, asked for or not',
  searches: 'SE-21, SE-40: at every quiet step each live search is a fresh one over what its tab holds',
  'equal-searches':
    'SE-42, SE-44: in the end each live search, with its counts and completions, is a fresh one over what its user may see',
  'only-counted': 'SE-44: what the server counts, and completes by, is what its asker may see',
  'no-errors': 'Nothing is reported as an error, no message is unreadable',
} as const satisfies Readonly<Record<string, string>>;

export type Oracle = keyof typeof ORACLES;

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
