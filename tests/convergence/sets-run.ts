import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { WriteHandle } from '../../packages/core/src/client/outbox/write-handle.js';
import { canonicalJson, TopGunError, type Value } from '../../packages/core/src/primitives/index.js';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS, type Defects } from './defects.js';
import type { Device } from './device.js';
import { createSetsModel, type SetsModel } from './sets-model.js';
import { createWorld, type World } from './world.js';
import { drawProfile, type WorldProfile } from './world-options.js';

const KEYS = ['a', 'b'];
const VALUES: readonly Value[] = ['x', 'y', { b: 1, a: [2] }];
const PATIENCE_MS = 600_000;

export interface SetsRun {
  readonly trace: readonly string[];
  readonly problems: readonly string[];
}

export interface SetsRunOptions {
  readonly profile?: Partial<WorldProfile>;
  readonly defects?: Defects;
  /** Nothing is lost that was done: no tab crashes, no clock is wrong. Then every value that a counter shows is judged. */
  readonly isGentle?: boolean;
}

/** A tab whose app keeps the sets and the counters current. */
export function openSetsTab(
  device: Device,
  onCount: (tab: AppTab, key: string, value: number) => void = () => {},
): AppTab {
  const tab = device.openTab();
  tab.client.getORMap('tags').subscribe(() => {});
  for (const key of KEYS) tab.client.getPNCounter(`likes:${key}`).subscribe((value) => onCount(tab, key, value));
  return tab;
}

/** What a tab shows of all sets and counters, as one text. */
export const shownBy = (tab: AppTab): string =>
  canonicalJson(
    KEYS.map((key) => [tab.client.getORMap('tags').get(key) as Value, tab.client.getPNCounter(`likes:${key}`).value]),
  );

/** Random adds, removals and counts on the real client and server, with faults; then healing, and everybody must agree with the ledger. */
export async function runSets(seed: number, options: SetsRunOptions = {}): Promise<SetsRun> {
  const drawn = { ...drawProfile(createSeededRandom(seed ^ 0x5e75)), steps: 150, ...options.profile };
  const profile = { ...drawn, hasWrongClocks: drawn.hasWrongClocks && options.isGentle !== true };
  const world = await createWorld({ seed, profile, defects: options.defects ?? NO_DEFECTS });
  const model = createSetsModel(world.disk);
  const problems: string[] = [];
  const judge = options.isGentle === true ? createCountJudge(world, model) : () => null;
  const open = (device: Device): AppTab =>
    openSetsTab(device, (tab, key, value) => {
      // A listener hears of a write before whoever wrote has its handle.
      queueMicrotask(() => {
        const problem = judge(tab, key, value);
        if (problem !== null) problems.push(`${tab.name}: ${problem}`);
      });
    });
  await world.startServer();
  for (let i = 0; i < profile.devices; i += 1) open(world.addDevice());
  for (let i = 0; i < profile.steps && problems.length === 0; i += 1) {
    await takeStep(world, open, options.isGentle === true);
    world.checkErrors();
  }
  await heal(world);
  const newcomer = openSetsTab(world.addDevice());
  await becomeQuiet(world);
  world.checkErrors();
  model.catchUp();
  const expected = canonicalJson(KEYS.map((key) => [model.values('tags', key), model.total('likes', key)]));
  for (const { tab } of world.openTabs()) {
    const shown = shownBy(tab);
    if (shown !== expected) {
      const who = tab === newcomer ? 'the newcomer' : tab.name;
      problems.push(`${who} shows ${shown}, and the ledger says ${expected}`);
    }
  }
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
  world.crashServer();
  return { trace: world.trace.lines, problems };
}

/**
 * CR-7, of counters that only grow, where nothing is refused: what a tab shows never falls, has its own counts in it at once, and is never
 * more than the ledger has by then with what this device has not got there yet.
 */
function createCountJudge(world: World, model: SetsModel): (tab: AppTab, key: string, value: number) => string | null {
  const highest = new Map<string, number>();
  return (tab, key, value) => {
    model.catchUp();
    let own = 0;
    let limit = model.total('likes', key);
    for (const { tab: by, track } of world.history.writes) {
      const { op } = track;
      if (op.kind !== 'count' || op.key !== key) continue;
      if (by === tab.name) own += op.delta;
      if (deviceOf(by) === deviceOf(tab.name) && !model.has(op)) limit += op.delta;
    }
    const place = `${tab.name} ${key}`;
    const before = highest.get(place) ?? 0;
    highest.set(place, value);
    if (value < before) return `${key} fell from ${before} to ${value}`;
    if (value < own) return `${key} shows ${value}, though ${own} were counted here`;
    return value > limit ? `${key} shows ${value}, though there are no more than ${limit}` : null;
  };
}

const deviceOf = (tab: string): string => tab.split('.')[0] ?? tab;

async function takeStep(world: World, open: (device: Device) => AppTab, isGentle: boolean): Promise<void> {
  const { random } = world;
  const awake = world.openTabs().filter(({ tab }) => !tab.isFrozen);
  const drawn = random.integer(100);
  const device = random.pick(world.devices);
  if (drawn < 55 && awake.length > 0) write(world, random.pick(awake).tab);
  else if (drawn < 72) await world.time.advance(random.pick([1, 5, 30, 200, 1_000, 5_000, 20_000]));
  else if (drawn < 75) {
    world.say(`${device.name} loses its network`);
    device.place.isCut = true;
    device.place.drop(random.pick(['reset', 'half-open']));
  } else if (drawn < 80) {
    device.place.isCut = false;
    for (const tab of device.tabs) if (!tab.isFrozen) tab.goOnline();
  } else if (drawn < 83) device.place.drop('reset');
  else if (drawn < 87 && device.tabs.size < world.profile.maxTabs) world.say(`${open(device).name} opens`);
  else if (drawn < 89 && awake.length > 0 && !isGentle) {
    const { tab, device: its } = random.pick(awake);
    world.say(`${tab.name} crashes`);
    its.crashTab(tab);
  } else if (drawn < 91) {
    world.say('the server crashes');
    world.crashServer();
  } else if (drawn < 95) await startAgain(world);
  else if (drawn < 97 && world.server !== null) world.server.ledger.failNext(random.pick(['fail', 'unknown-written']));
  else if (drawn < 99 && world.profile.hasWrongClocks) device.setSkew(random.pick([0, 30_000, -30_000, 7_200_000]));
  world.ledger.catchUp(world.time.clock.now());
  if (random.integer(3) === 0) await world.time.advance(random.integer(4));
}

function write(world: World, tab: AppTab): void {
  const { random } = world;
  const key = random.pick(KEYS);
  const tags = tab.client.getORMap('tags');
  const likes = tab.client.getPNCounter(`likes:${key}`);
  const value = random.pick(VALUES);
  const kind = random.integer(5);
  const handle = attempt(() => {
    if (kind < 2) return tags.add(key, value);
    if (kind < 3) return tags.remove(key, value);
    return kind < 4 ? likes.increment() : likes.add(1 + random.integer(9));
  });
  world.say(`${tab.name} ${kind} ${key} ${JSON.stringify(value)}${handle === null ? ' (not now)' : ''}`);
  if (handle !== null) world.history.note(tab.name, handle);
}

/** `null`: refused at the call, since the map is loading. */
function attempt(run: () => WriteHandle): WriteHandle | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof TopGunError && error.code === 'not-loaded') return null;
    throw error;
  }
}

async function startAgain(world: World): Promise<void> {
  if (world.server !== null && !world.server.isHalted) return;
  world.crashServer();
  world.say('a server starts');
  await world.startServer();
}

async function heal(world: World): Promise<void> {
  world.say('everything heals');
  world.crashServer();
  await world.startServer();
  for (const device of world.devices) {
    device.place.isCut = false;
    const [tab] = device.tabs.size > 0 ? device.tabs : [openSetsTab(device)];
    await world.time.advance(3_000);
    tab?.client.connect();
  }
}

async function becomeQuiet(world: World): Promise<void> {
  const until = world.time.clock.now() + PATIENCE_MS;
  const isBusy = (): boolean =>
    world
      .openTabs()
      .some(({ tab }) => tab.client.getConnectionState() !== 'live' || tab.client.getPendingOpsCount() > 0);
  while (isBusy() && world.time.clock.now() < until) await world.time.advance(5_000);
  await world.time.advance(60_000);
  if (isBusy()) throw new Error(`after ${PATIENCE_MS} ms of calm not everything is decided`);
}
