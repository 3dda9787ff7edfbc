import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { NO_DEFECTS, type Defects } from './defects.js';
import {
  checkAlways,
  checkColdStore,
  checkAcks,
  checkOnce,
  checkPersisted,
  checkProvenance,
  checkRecords,
  checkRefusals,
  checkStorage,
  checkViews,
  waitsFor,
} from './oracles.js';
import { MAPS, openTab, takeStep } from './steps.js';
import { must, Violation } from './violation.js';
import { createWorld, type World } from './world.js';
import { drawProfile, type WorldProfile } from './world-options.js';

export interface SeedOptions {
  readonly defects?: Defects;
  readonly profile?: Partial<WorldProfile>;
}

export interface SeedOutcome {
  /** What the oracles found; the run ends with the first one found while it lives, and asks all the others at its end. */
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  readonly profile: WorldProfile;
}

/** One run from one number: random steps, then healing, then every oracle. The same number gives the same run. */
export async function runSeed(seed: number, { defects = NO_DEFECTS, profile }: SeedOptions = {}): Promise<SeedOutcome> {
  const drawn = { ...drawProfile(createSeededRandom(seed ^ 0x5eed)), ...profile };
  const world = await createWorld({ seed, profile: drawn, defects });
  const violations: Violation[] = [];

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

  if (await asks(live)) {
    await asks(heal);
    await asks(becomeQuiet);
    await asks(checkViews);
    await asks(askForEverything);
    const last = [
      checkProvenance,
      checkPersisted,
      checkAcks,
      checkRefusals,
      checkColdStore,
      checkViews,
      checkRecords,
      checkStorage,
    ];
    for (const check of last) await asks(check);
  }
  await asks(checkOnce);
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
  world.crashServer();
  world.endOutdated();
  return { violations, trace: world.trace, profile: drawn };
}

async function live(world: World): Promise<void> {
  await world.startServer();
  for (let i = 0; i < world.profile.devices; i += 1) openTab(world, world.addDevice());
  for (let i = 0; i < world.profile.steps; i += 1) {
    await takeStep(world);
    checkAlways(world);
  }
}

/** Everything works again; wrong clocks stay wrong. */
async function heal(world: World): Promise<void> {
  world.say('everything heals');
  world.endOutdated();
  world.crashServer();
  await world.startServer();
  for (const { tab } of world.openTabs()) if (tab.isFrozen) tab.thaw();
  for (const device of world.devices) {
    device.place.isCut = false;
    // What nobody has open any more is sent by whoever comes next.
    const [tab] = device.tabs.size > 0 ? device.tabs : [openTab(world, device)];
    await world.time.advance(3_000);
    tab?.client.connect();
  }
}

const PATIENCE_MS = 600_000;

async function becomeQuiet(world: World): Promise<void> {
  const until = world.time.clock.now() + PATIENCE_MS;
  while (waitsFor(world) !== null) {
    must(world.time.clock.now() < until, 'progress', () => `after ${PATIENCE_MS} ms of calm ${waitsFor(world)}`);
    await world.time.advance(5_000);
    checkAlways(world);
  }
  // Long enough for what is written behind, and for verdicts on their way to siblings.
  await world.time.advance(60_000);
  checkAlways(world);
  must(waitsFor(world) === null, 'progress', () => `having been quiet, ${waitsFor(world)}`);
}

/** A device that has never been here joins, and everybody asks for everything. */
async function askForEverything(world: World): Promise<void> {
  world.say('everybody asks for everything');
  openTab(world, world.addDevice());
  for (const { tab } of world.openTabs()) for (const map of MAPS) tab.open(map, {});
  await becomeQuiet(world);
}
