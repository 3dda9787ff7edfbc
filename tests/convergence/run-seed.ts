import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { checkPermitted } from './access/only-permitted.js';
import { changeAccess, checkStoredUnseen } from './access/stored-unseen.js';
import { ACTIONS } from './actions/index.js';
import { openTab } from './actions/views.js';
import { checkCalls } from './calls/call-oracle.js';
import type { Decision } from './decision.js';
import { DERIVED_QUERIES } from './derived-queries.js';
import { MAPS, RECORD_MAPS } from './maps.js';
import { NO_DEFECTS, type Defects } from './defects.js';
import type { FaultCounts } from './faults.js';
import {
  checkAlways,
  checkColdStore,
  checkDigests,
  storedDigests,
  checkDerivedViews,
  checkAcks,
  checkOnce,
  checkPersisted,
  checkProvenance,
  checkRecords,
  checkRefusals,
  checkStorage,
  checkTransactions,
  checkViews,
  waitsFor,
} from './oracles.js';
import { EVERYTHING } from './queries.js';
import { checkSearches } from './searches/search-oracle.js';
import { drawSchedule } from './schedule.js';
import { must, Violation } from './violation.js';
import { createWorld, type World } from './world.js';
import { profileOf, type WorldProfile } from './world-options.js';

export interface SeedOptions {
  readonly defects?: Defects;
  readonly profile?: Partial<WorldProfile>;
  readonly keepsDetails?: boolean;
  /** These decisions and no others, as when a schedule is shrunk. */
  readonly schedule?: readonly Decision[];
}

export interface SeedOutcome {
  /** What the oracles found; the run ends with the first one found while it lives, and asks all the others at its end. */
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** Two runs with one hash are the same, to the last message. */
  readonly hash: string;
  readonly steps: number;
  readonly faults: FaultCounts;
  readonly profile: WorldProfile;
  /** What was decided, for a run of the same seed that leaves something out. */
  readonly schedule: readonly Decision[];
}

/** One run from one number: random steps, then healing, then every oracle. The same number gives the same run. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedOutcome> {
  const { defects = NO_DEFECTS, keepsDetails = false } = options;
  const profile = { ...profileOf(seed), ...options.profile };
  const world = await createWorld({ seed, profile, defects, keepsDetails });
  const violations: Violation[] = [];
  const taken: Decision[] = [];

  /** False when it finds something. What is no violation is a defect of the simulation, or a crash of the product. */
  async function asks(check: (world: World) => void | Promise<void>): Promise<boolean> {
    try {
      await check(world);
      return true;
    } catch (error) {
      const isViolation = error instanceof Violation;
      violations.push(
        isViolation ? error : new Violation('no-errors', String(error instanceof Error ? error.stack : error)),
      );
      return false;
    }
  }

  async function live(): Promise<void> {
    await world.startServer();
    for (let i = 0; i < profile.devices; i += 1) openTab(world, world.addDevice());
    if (profile.beginsFull === true) await fill(world);
    const begun = world.trace.steps;
    const drawn = options.schedule ?? drawSchedule(createSeededRandom(seed ^ 0x5c4ed), profile);
    for (const decision of drawn) {
      if (options.schedule === undefined && world.trace.steps - begun >= profile.steps) break;
      taken.push(decision);
      await take(world, decision);
      checkAlways(world);
    }
  }

  if (await asks(live)) {
    await asks(heal);
    await asks(becomeQuiet);
    await asks(checkViews);
    await asks(checkDerivedViews);
    await asks(checkSearches);
    if (profile.turnRecords !== undefined) await asks((healed) => writeWhileOpening(healed, seed));
    await asks(askForEverything);
    const last = [
      checkProvenance,
      checkPersisted,
      checkAcks,
      checkRefusals,
      checkPermitted,
      checkTransactions,
      checkCalls,
      checkColdStore,
      checkViews,
      checkDerivedViews,
      checkSearches,
      checkRecords,
      checkStorage,
    ];
    for (const check of last) await asks(check);
    if (violations.length === 0) await asks(resumeAll);
    if (violations.length === 0 && profile.hasRules) await asks(askForNothing);
  }
  await asks(checkOnce);
  for (const violation of violations) world.say(String(violation));
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
  world.crashServer();
  world.endOutdated();
  const { trace, faults } = world;
  return { violations, trace: trace.lines, hash: trace.hash(), steps: trace.steps, faults, profile, schedule: taken };
}

/** Large maps are resumed otherwise than small ones (SY-2), and what apps write by the way fills none. */
async function fill(world: World): Promise<void> {
  await world.time.advance(5_000);
  const [author] = world.openTabs();
  if (author === undefined) throw new Error('nobody is there to fill the map');
  const { tab } = author;
  for (const key of world.profile.keys) {
    const value = { tag: world.nextTag(), rank: world.random.integer(8), done: world.random.integer(2) === 0 };
    const handle = tab.edit(RECORD_MAPS[0], key, { type: 'set', value });
    if (handle !== null) world.history.note(tab.name, handle);
  }
  await world.time.advance(10_000);
}

async function take(world: World, decision: Decision): Promise<void> {
  world.begin(decision);
  await ACTIONS[decision.action]?.run(world);
  // Several things may happen within one turn; a little time passes between most.
  if (world.random.integer(3) > 0) await world.time.advance(world.random.pick([0, 1, 10]));
}

/** Everything works again; wrong clocks stay wrong. */
async function heal(world: World): Promise<void> {
  world.say('everything heals');
  world.endOutdated();
  world.crashServer();
  await world.startServer();
  for (const { device, tab } of world.openTabs()) {
    if (tab.isFrozen) device.thawTab(tab);
    tab.disk.recover();
  }
  for (const device of world.devices) {
    device.place.isCut = false;
    await world.time.advance(3_000);
    // CL-8: the user is told that storage could not be had, and loads the page again.
    for (const tab of device.tabs) if (tab.client.isInMemory) device.crashTab(tab);
    // What nobody has open any more is sent by whoever comes next.
    if (device.tabs.size === 0) openTab(world, device);
    for (const tab of device.tabs) tab.client.connect();
  }
}

/** How long nothing may come of what somebody still waits for. A long outbox in a small window takes its time. */
const PATIENCE_MS = 600_000;

/** CL-4: without locks, what a tab left that is gone is another's when its lease of two minutes has run out, and somebody has looked. */
const LEASE_MS = 160_000;

async function becomeQuiet(world: World): Promise<void> {
  let since = world.time.clock.now();
  let position = world.ledger.position;
  const leasesEnd = since + (world.profile.hasLocks ? 0 : LEASE_MS);
  while (waitsFor(world) !== null || world.time.clock.now() < leasesEnd) {
    const now = world.time.clock.now();
    if (world.ledger.position > position) since = now;
    ({ position } = world.ledger);
    must(now - since < PATIENCE_MS, 'progress', () => `after ${PATIENCE_MS} ms of calm ${waitsFor(world)}`);
    await world.time.advance(5_000);
    checkAlways(world);
  }
  await seeEnds(world);
  // Long enough for what is written behind, and for verdicts on their way to siblings.
  await world.time.advance(60_000);
  checkAlways(world);
  must(waitsFor(world) === null, 'progress', () => `having been quiet, ${waitsFor(world)}`);
}

/** CR-9: with the ends past, no clock's error decides any more whether a record shows. */
async function seeEnds(world: World): Promise<void> {
  const { time, ledger } = world;
  while (ledger.lastEnd(time.clock.now() + 86_400_000) > time.clock.now()) {
    await time.advance(5_000);
    checkAlways(world);
  }
}

/** SY-2: with everything equal everybody loses the connection once more. */
async function resumeAll(world: World): Promise<void> {
  const stored = await storedDigests(world);
  world.digests.startOver();
  // One of them speaks for its siblings too. What a second connection offered would be what the first has made of it.
  for (const { tabs } of world.devices) [...tabs][0]?.client.forceReconnect();
  await becomeQuiet(world);
  checkDigests(world, stored);
}

/** RU-6: with nothing asked for, what is taken away leaves devices all the same. */
async function askForNothing(world: World): Promise<void> {
  await changeAccess(world);
  await becomeQuiet(world);
  await checkStoredUnseen(world);
}

/**
 * QU-50: the views of a server that starts are opened in turns, and written to meanwhile. In the midst of a run the next connection would put right whatever came of that.
 */
async function writeWhileOpening(world: World, seed: number): Promise<void> {
  world.say('a server starts and opens its views while much is written');
  world.crashServer();
  await world.startServer();
  openTab(world, world.addDevice());
  const random = createSeededRandom(seed ^ 0x0f11);
  for (const { tab } of world.openTabs()) {
    tab.openDerived(random.pick(DERIVED_QUERIES));
    tab.client.connect();
  }
  for (let left = 40; left > 0; left -= 1) {
    await take(world, { action: random.pick(['write', 'write', 'writeMany']), seed: random.integer(2 ** 31) });
    await world.time.advance(random.integer(20 + world.profile.networkMs / 8));
    checkAlways(world);
  }
  await becomeQuiet(world);
  checkViews(world);
  checkDerivedViews(world);
}

/** A device that has never been here joins, and everybody asks for everything. */
async function askForEverything(world: World): Promise<void> {
  world.say('everybody asks for everything');
  openTab(world, world.addDevice());
  for (const { tab } of world.openTabs()) for (const map of MAPS) tab.open(map, EVERYTHING);
  await becomeQuiet(world);
}
