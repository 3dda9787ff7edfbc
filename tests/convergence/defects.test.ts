import { expect, test } from 'vitest';
import type { Defects } from './defects.js';
import { runSeed } from './run-seed.js';
import { ORACLES, type Oracle } from './violation.js';
import type { WorldProfile } from './world-options.js';

/** What shows the defect soonest. */
const SERVER_IN_TROUBLE: Partial<WorldProfile> = {
  ledgerMs: 200,
  faults: { tabs: 0.3, network: 0.3, storage: 0, server: 15 },
};

/** Backups are taken and put back often. */
const OLD_BACKUPS: Partial<WorldProfile> = {
  hasWrongClocks: false,
  faults: { tabs: 0.3, network: 0.3, storage: 0, server: 10 },
};

/** Hosts that share a ledger, and the server in trouble. */
const SEVERAL_HOSTS: Partial<WorldProfile> = {
  hosts: 3,
  ledgerMs: 3,
  hasWrongClocks: false,
  faults: { tabs: 0.3, network: 0.3, storage: 0, server: 10 },
};

/** Servers start often, over what many others have left. */
const OFTEN_STARTED: Partial<WorldProfile> = {
  steps: 1_600,
  ledgerMs: 3,
  hasWrongClocks: false,
  faults: { tabs: 0.3, network: 0.3, storage: 0, server: 8 },
};

/** Appends of a replaced server are long on their way. */
const SLOW_LEDGER: Partial<WorldProfile> = {
  ledgerMs: 600,
  hasWrongClocks: false,
  faults: { tabs: 0.3, network: 0, storage: 0, server: 10 },
};

/** Storage forgets nothing and no clock is wrong, so every value that a counter shows is judged. */
const CAREFUL: Partial<WorldProfile> = {
  hasWrongClocks: false,
  faults: { tabs: 1, network: 1, storage: 0, server: 1 },
};

/** Tabs come and go, and their maps are long on their way. */
const SLOW_DISK: Partial<WorldProfile> = {
  storageMs: 600,
  faults: { tabs: 3, network: 0.3, storage: 0, server: 0.3 },
};

/** Devices are away while much is forgotten. */
const SHORT_MEMORY: Partial<WorldProfile> = {
  tombstonesMs: 5_000,
  devices: 3,
  faults: { tabs: 0.3, network: 3, storage: 0, server: 0.3 },
};

/** Disks are often full, and devices often cut off, so that much is unsent. */
const FULL_DISK: Partial<WorldProfile> = {
  hasLocks: true,
  faults: { tabs: 1, network: 1, storage: 6, server: 0.3 },
};

/** Of few rows all are sent, and no digest counts. */
const MANY_RECORDS: Partial<WorldProfile> = { hasLocks: true, keys: 'abcdefghijkl'.split('') };

/** What users may do is changed again and again, and rows are given to others. */
const OTHER_RULES: Partial<WorldProfile> = {
  hasRules: true,
  hasWrongClocks: false,
  devices: 2,
  faults: { tabs: 0.3, network: 1, storage: 0, server: 0.3, access: 3 },
};

interface Case {
  readonly oracle: Oracle;
  readonly defect: keyof Defects;
  /** A second one, without which the product makes good what the first does. */
  readonly and?: keyof Defects;
  readonly profile?: Partial<WorldProfile>;
  /** The first seed that is tried: the defect shows rarely, and a run of it takes long. */
  readonly from?: number;
}

/** Shown to be able to fail by `one-leader.test.ts` and by `rules.test.ts`. */
const SHOWN_ELSEWHERE: readonly Oracle[] = ['one-leader', 'taken-away'];

/** Each oracle with a defect it is there to find: an oracle that cannot fail proves nothing. */
const CASES: readonly Case[] = [
  { oracle: 'visible-at-once', defect: 'writesAreIgnored' },
  { oracle: 'visible-at-once', defect: 'viewsAreLate' },
  { oracle: 'views-at-every-step', defect: 'viewsAreLate' },
  { oracle: 'views-at-every-step', defect: 'keptViewsAreWrong', profile: SLOW_DISK },
  { oracle: 'progress', defect: 'verdictsAreLost' },
  { oracle: 'equal-records', defect: 'rowsAreLost' },
  { oracle: 'equal-views', defect: 'rowsAreLost' },
  { oracle: 'equal-derived-views', defect: 'rowsAreLost' },
  { oracle: 'equal-digests', defect: 'digestsChange', profile: MANY_RECORDS },
  { oracle: 'equal-storage', defect: 'baseLosesChanges' },
  { oracle: 'equal-storage', defect: 'stampsByArrival' },
  { oracle: 'acked-once', defect: 'stampsByArrival' },
  { oracle: 'acked-once', defect: 'ledgerLosesOps' },
  { oracle: 'one-server', defect: 'ledgerHasNoFence', profile: SLOW_LEDGER },
  // Clients give back what a ledger has lost, unless they have lost it too.
  { oracle: 'acked-once', defect: 'ledgerAcksBeforeSync', and: 'keptOpsAreLost', profile: SERVER_IN_TROUBLE },
  { oracle: 'acked-once', defect: 'keptOpsAreLost', profile: OLD_BACKUPS },
  { oracle: 'persisted-decided', defect: 'keptOpsAreLost', profile: OLD_BACKUPS },
  { oracle: 'all-or-nothing', defect: 'ledgerLosesOps' },
  { oracle: 'calls', defect: 'ledgerLosesOps' },
  { oracle: 'calls', defect: 'callsAreAnew' },
  { oracle: 'calls', defect: 'callsOverwrite', profile: { ...CAREFUL, devices: 3, steps: 2_000 } },
  { oracle: 'persisted-decided', defect: 'outboxLosesOps' },
  { oracle: 'persisted-decided', defect: 'evictionTakesTheOutbox', profile: FULL_DISK },
  { oracle: 'provenance', defect: 'valuesChangeOnTheWay' },
  { oracle: 'removed-long-ago', defect: 'goneIsLost' },
  { oracle: 'cold-store', defect: 'coldStoreLosesRows' },
  { oracle: 'snapshots', defect: 'snapshotsAreOld', profile: OFTEN_STARTED, from: 25 },
  { oracle: 'equal-records', defect: 'partitionsOpenEmpty', profile: { ...CAREFUL, steps: 1_600 } },
  // Where backups are put back, edits of what somebody has yet to give back may be refused: not with servers in much trouble.
  { oracle: 'refusals', defect: 'partitionsOpenEmpty', profile: { ...CAREFUL, steps: 1_600 } },
  { oracle: 'refusals', defect: 'serverRefuses', profile: { hasWrongClocks: false } },
  { oracle: 'equal-records', defect: 'totalsAreWrong' },
  { oracle: 'counts', defect: 'totalsAreWrong', profile: CAREFUL },
  { oracle: 'provenance', defect: 'setValuesChange' },
  { oracle: 'provenance', defect: 'endsMoveOnTheWay' },
  { oracle: 'equal-storage', defect: 'endsAreLost', profile: { hasLocks: true } },
  { oracle: 'ended', defect: 'serverEndsEarly' },
  { oracle: 'forgotten', defect: 'serverForgetsAtOnce', profile: { tombstonesMs: 60_000 } },
  {
    oracle: 'equal-records',
    defect: 'anewIsLost',
    profile: { ...SHORT_MEMORY, tombstonesMs: 1_000, keys: ['a', 'b'] },
  },
  { oracle: 'only-allowed', defect: 'readsAreNotJudged', profile: OTHER_RULES },
  { oracle: 'only-permitted', defect: 'writesAreNotJudged', profile: OTHER_RULES },
  { oracle: 'refusals', defect: 'rulesRefuse', profile: OTHER_RULES },
  { oracle: 'stored-unseen', defect: 'checksAreLost', profile: OTHER_RULES },
  { oracle: 'searches', defect: 'indexesLoseWords' },
  { oracle: 'equal-searches', defect: 'rowsAreLost', profile: CAREFUL },
  { oracle: 'equal-searches', defect: 'searchesAreMiscounted', profile: CAREFUL },
  { oracle: 'only-counted', defect: 'serverCountsUnseen', profile: OTHER_RULES },
  // With servers of several hosts.
  { oracle: 'all-or-nothing', defect: 'partsGoAlone', profile: SEVERAL_HOSTS },
  { oracle: 'acked-once', defect: 'ledgerLosesOps', profile: SEVERAL_HOSTS },
  { oracle: 'one-server', defect: 'ledgerHasNoFence', profile: { ...SLOW_LEDGER, hosts: 3 } },
  { oracle: 'snapshots', defect: 'snapshotsAreOld', profile: { ...OFTEN_STARTED, hosts: 3 } },
  { oracle: 'cold-store', defect: 'coldStoreLosesRows', profile: SEVERAL_HOSTS },
  { oracle: 'no-errors', defect: 'messagesAreUnreadable' },
];

test('there is a defect for each oracle', () => {
  const shown = new Set([...SHOWN_ELSEWHERE, ...CASES.map(({ oracle }) => oracle)]);
  expect([...shown].toSorted()).toEqual(Object.keys(ORACLES).toSorted());
});

const MAX_SEEDS = 60;
const STEPS = 800;

test.each(CASES)('the oracle $oracle finds the defect $defect', async ({ oracle, defect, and, profile, from = 1 }) => {
  const defects = { [defect]: true, ...(and === undefined ? {} : { [and]: true }) };
  const found = new Set<Oracle>();
  for (let seed = from; seed < from + MAX_SEEDS && !found.has(oracle); seed += 1) {
    const { violations } = await runSeed(seed, { defects, profile: { steps: STEPS, hasRules: false, ...profile } });
    for (const violation of violations) found.add(violation.oracle);
  }
  expect([...found]).toContain(oracle);
});
