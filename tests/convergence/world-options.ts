import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { Defects } from './defects.js';

/** How a world behaves apart from the steps taken in it: drawn from the seed, so that seeds differ in kind too. */
export interface WorldProfile {
  readonly devices: number;
  readonly maxTabs: number;
  /** The longest a message travels, in ms. */
  readonly networkMs: number;
  /** The longest a local transaction takes before, and again after, it takes effect. 0: no timer is involved. */
  readonly storageMs: number;
  /** The longest an append to the ledger takes. */
  readonly ledgerMs: number;
  /** The longest a message between tabs waits. 0: delivered in microtasks. */
  readonly channelMs: number;
  /** Whether browsers have Web Locks. Without them every tab speaks for itself. */
  readonly hasLocks: boolean;
  /** How often something goes wrong with: tabs, networks, local storage, the server. 1: as often as everything else. */
  readonly faults: FaultWeights;
  /** Whether devices' clocks are wrong, and jump. Ops may then be refused for it. */
  readonly hasWrongClocks: boolean;
  /** Undecided ops per replica. */
  readonly windowOps: number;
  readonly keys: readonly string[];
  /** Whether each key has a record before anything else happens. Default: maps begin empty. */
  readonly beginsFull?: boolean;
  /** Deliveries, timers, transactions, writes and faults before everything heals. */
  readonly steps: number;
  /** Whether the server has rules, and devices have users. */
  readonly hasRules: boolean;
  /** PI-25: so many hosts share the partitions. Default: one has all. */
  readonly hosts?: number;
  /** PT-9: what a client may leave unread until it is told no more of what changes. Default: the server's. */
  readonly pushBytes?: number;
  /** How long the server keeps removals. Default: the server's. */
  readonly tombstonesMs?: number;
  /** CL-25, QU-50: a view of more than one record is filled in turns, so many records in each, on devices and the server. Default: as theirs are, so that these few are there at once. */
  readonly turnRecords?: number;
}

export interface FaultWeights {
  readonly tabs: number;
  readonly network: number;
  readonly storage: number;
  readonly server: number;
  /** What users may do is changed: by their tokens, and by a server that starts with other rules. Absent: it is not. */
  readonly access?: number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly profile: WorldProfile;
  /** Faults of the product under test, put in on purpose. */
  readonly defects: Defects;
  /** Whether the trace holds every delivery, timer and transaction. */
  readonly keepsDetails?: boolean;
}

export const STEPS_PER_SEED = 5_000;

/** The profile of a run of that seed. */
export const profileOf = (seed: number): WorldProfile => ({
  ...drawProfile(createSeededRandom(seed ^ 0x5eed)),
  ...drawTurns(createSeededRandom(seed ^ 0x70c5)),
});

const drawTurns = (random: SeededRandom): Pick<WorldProfile, 'turnRecords'> =>
  random.pick([{}, {}, {}, { turnRecords: 1 }, { turnRecords: 2 }, { turnRecords: 3 }]);

function drawProfile(random: SeededRandom): WorldProfile {
  const profile = drawOpenProfile(random);
  const hasRules = random.integer(3) === 0;
  return hasRules ? { ...profile, hasRules, faults: { ...profile.faults, access: random.pick([0.3, 1, 3]) } } : profile;
}

function drawOpenProfile(random: SeededRandom): WorldProfile {
  return {
    devices: random.pick([1, 2, 2, 3]),
    maxTabs: random.pick([1, 2, 3]),
    networkMs: random.pick([0, 5, 60, 2_000]),
    storageMs: random.pick([0, 0, 4, 80]),
    ledgerMs: random.pick([0, 3, 200]),
    channelMs: random.pick([0, 0, 3, 40]),
    hasLocks: random.integer(5) > 0,
    faults: {
      tabs: random.pick([0.3, 1, 1, 3]),
      network: random.pick([0.3, 1, 1, 3]),
      storage: random.pick([0, 0.3, 1, 3]),
      server: random.pick([0.3, 1, 1, 4]),
    },
    hasWrongClocks: random.integer(3) === 0,
    windowOps: random.pick([2, 8, 1_024]),
    keys: ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, random.pick([2, 4, 6])),
    steps: STEPS_PER_SEED,
    hasRules: false,
    ...random.pick([{}, {}, { tombstonesMs: 15_000 }, { tombstonesMs: 90_000 }]),
    // Of these few records and short messages: two or three pushes, or some more.
    ...random.pick([{}, { pushBytes: 400 }, { pushBytes: 2_000 }]),
  };
}

/** Nothing takes time, nothing goes wrong by itself: for runs that are told step by step. */
export const PLAIN_PROFILE: WorldProfile = {
  devices: 0,
  maxTabs: 9,
  networkMs: 0,
  storageMs: 0,
  ledgerMs: 0,
  channelMs: 0,
  hasLocks: true,
  faults: { tabs: 0, network: 0, storage: 0, server: 0 },
  hasWrongClocks: false,
  windowOps: 1_024,
  keys: ['a'],
  steps: 0,
  hasRules: false,
};
