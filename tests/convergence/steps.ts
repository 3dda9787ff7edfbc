import type { Value } from '../../packages/core/src/primitives/index.js';
import { canonicalJson } from '../../packages/core/src/primitives/index.js';
import type { QueryInput } from '../../packages/core/src/query/index.js';
import { NOTHING_TO_DO } from '../../packages/core/src/client/outbox/write-handle.js';
import type { AppEdit, AppTab } from './app-tab.js';
import type { Device } from './device.js';
import { must } from './violation.js';
import type { World } from './world.js';

export const MAPS = ['todos', 'notes'] as const;

export const QUERIES: readonly QueryInput[] = [
  {},
  { where: { done: true } },
  { where: { done: false }, sort: { rank: 'asc' } },
  { sort: { rank: 'asc' }, limit: 2 },
  { where: { rank: { $gte: 3 } }, sort: { rank: 'desc' }, limit: 1 },
  { where: { _key: 'b' } },
  { where: { $or: [{ done: true }, { rank: { $lt: 4 } }] }, sort: { tag: 'desc' }, limit: 3 },
];

/** One thing that may happen. `false`: it could not, here and now. */
type Step = (world: World) => boolean | Promise<boolean>;

const awake = (world: World): readonly { readonly device: Device; readonly tab: AppTab }[] =>
  world.openTabs().filter(({ tab }) => !tab.isFrozen);

function withTab(run: (world: World, tab: AppTab, device: Device) => boolean | void): Step {
  return (world) => {
    const tabs = awake(world);
    if (tabs.length === 0) return false;
    const { tab, device } = world.random.pick(tabs);
    return run(world, tab, device) ?? true;
  };
}

function drawFields(world: World): Record<string, Value> {
  const { random } = world;
  const fields: Record<string, Value> = { tag: world.nextTag() };
  if (random.integer(2) === 0) fields['rank'] = random.integer(8);
  if (random.integer(2) === 0) fields['done'] = random.integer(2) === 0;
  return fields;
}

function drawEdit(world: World, isVisible: boolean): AppEdit {
  const { random } = world;
  const fields = drawFields(world);
  if (!isVisible) return random.integer(2) === 0 ? { type: 'set', value: fields } : { type: 'update', fields };
  const kind = random.integer(10);
  if (kind < 2) return { type: 'remove' };
  if (kind < 4) return { type: 'set', value: fields };
  if (kind < 5) return { type: 'patch', fields: { [random.pick(['rank', 'done'])]: undefined } };
  return { type: kind < 8 ? 'update' : 'patch', fields };
}

const write = withTab((world, tab) => {
  const map = world.random.integer(4) === 0 ? MAPS[1] : MAPS[0];
  const key = world.random.pick(world.profile.keys);
  const before = tab.value(map, key);
  const edit = drawEdit(world, before !== undefined);
  const isIgnored = world.defects.writesAreIgnored === true && world.random.integer(9) === 0;
  const handle = isIgnored ? NOTHING_TO_DO : tab.edit(map, key, edit);
  world.say(`${tab.name} ${edit.type} ${map}/${key} ${JSON.stringify(edit)}${handle === null ? ' (not now)' : ''}`);
  if (handle === null) return;
  world.history.note(tab.name, handle);
  expectVisible(tab, map, key, edit, before !== undefined);
});

function expectVisible(tab: AppTab, map: string, key: string, edit: AppEdit, wasVisible: boolean): void {
  const shown = tab.value(map, key);
  const message = (): string =>
    `${tab.name} shows ${JSON.stringify(shown)} after ${JSON.stringify(edit)} of ${map}/${key}`;
  if (edit.type === 'remove') return must(shown === undefined, 'visible-at-once', message);
  const written = edit.type === 'set' ? edit.value : edit.fields;
  const fields = (shown ?? {}) as Record<string, Value | undefined>;
  // CR-4: on a record that is not visible here `set` creates and never resets: what is known of it shows again.
  const isExact = edit.type === 'set' && wasVisible;
  const isShown =
    Object.entries(written).every(([name, value]) => fields[name] === value) &&
    (!isExact || canonicalJson(fields as Value) === canonicalJson(edit.value));
  must(shown !== undefined && isShown, 'visible-at-once', message);
}

const openView = withTab((world, tab) => {
  const map = world.random.pick(MAPS);
  const query = world.random.pick(QUERIES);
  tab.open(map, query);
  world.say(`${tab.name} opens ${map} ${JSON.stringify(query)}`);
});

const closeView = withTab((world, tab) => {
  const keys = [...tab.views.keys()];
  if (keys.length === 0) return false;
  tab.closeView(world.random.pick(keys));
  world.say(`${tab.name} closes a view`);
  return true;
});

/** A tab as an app opens it: some queries are there from the first moment. */
export function openTab(world: World, device: Device): AppTab {
  const tab = device.openTab();
  world.say(`${tab.name} opens`);
  for (let i = world.random.integer(4); i > 0; i -= 1) tab.open(world.random.pick(MAPS), world.random.pick(QUERIES));
  return tab;
}

const openAnotherTab: Step = (world) => {
  const device = world.random.pick(world.devices);
  if (device.tabs.size >= world.profile.maxTabs) return false;
  openTab(world, device);
  return true;
};

const closeTab = withTab((world, tab, device) => {
  world.say(`${tab.name} is closed`);
  world.await(device.closeTab(tab));
});

const crashTab: Step = (world) => {
  const tabs = world.openTabs();
  if (tabs.length === 0) return false;
  const { tab, device } = world.random.pick(tabs);
  world.say(`${tab.name} crashes`);
  device.crashTab(tab);
  return true;
};

const freezeTab = withTab((world, tab) => {
  world.say(`${tab.name} freezes`);
  tab.freeze();
});

const thawTab: Step = (world) => {
  const frozen = world.openTabs().filter(({ tab }) => tab.isFrozen);
  if (frozen.length === 0) return false;
  const { tab } = world.random.pick(frozen);
  world.say(`${tab.name} thaws`);
  tab.thaw();
  return true;
};

const cutNetwork: Step = (world) => {
  const device = world.random.pick(world.devices);
  if (device.place.isCut) return false;
  const ending = world.random.pick(['reset', 'half-open'] as const);
  world.say(`${device.name} loses its network (${ending})`);
  device.place.isCut = true;
  device.place.drop(ending);
  return true;
};

const restoreNetwork: Step = (world) => {
  const cut = world.devices.filter(({ place }) => place.isCut);
  if (cut.length === 0) return false;
  const device = world.random.pick(cut);
  world.say(`${device.name} has a network again`);
  device.place.isCut = false;
  if (world.random.integer(2) === 0) for (const tab of device.tabs) if (!tab.isFrozen) tab.goOnline();
  return true;
};

const dropConnection: Step = (world) => {
  const device = world.random.pick(world.devices);
  if (device.place.links === 0) return false;
  const ending = world.random.pick(['reset', 'reset', 'half-open'] as const);
  world.say(`${device.name} loses its connection (${ending})`);
  device.place.drop(ending);
  return true;
};

const pauseOrResume = withTab((world, tab) => {
  const pauses = world.random.integer(3) === 0;
  world.say(`${tab.name} says ${pauses ? 'disconnect' : 'connect'}`);
  if (pauses) tab.client.disconnect();
  else tab.client.connect();
});

const forceReconnect = withTab((world, tab) => {
  world.say(`${tab.name} says forceReconnect`);
  tab.client.forceReconnect();
});

const failLocalCommits = withTab((world, tab) => {
  world.say(`${tab.name}'s storage fails`);
  tab.disk.failCommits(1 + world.random.integer(2));
});

const crashServer: Step = (world) => {
  if (world.server === null) return false;
  world.say('the server crashes');
  world.crashServer();
  return true;
};

const startServer: Step = async (world) => {
  if (world.server !== null && !world.server.isHalted) return false;
  world.crashServer();
  world.say('a server starts');
  await world.startServer();
  return true;
};

const replaceServer: Step = async (world) => {
  if (world.server === null) return false;
  world.say('another server takes over, while the old one still serves');
  await world.replaceServer();
  return true;
};

const failAppend: Step = (world) => {
  if (world.server === null) return false;
  const fault = world.random.pick(['fail', 'fail', 'unknown-written', 'unknown-lost', 'fence'] as const);
  world.say(`the next append meets: ${fault}`);
  world.server.ledger.failNext(fault);
  return true;
};

const failColdStore: Step = (world) => {
  if (world.server === null) return false;
  world.say('the cold store fails');
  world.server.coldStore.failNext(1 + world.random.integer(3));
  return true;
};

const jumpClock: Step = (world) => {
  if (!world.profile.hasWrongClocks) return false;
  const device = world.random.pick(world.devices);
  const skewMs = world.random.pick([0, 300, -300, 30_000, -30_000, 7_200_000, -7_200_000]);
  world.say(`the clock of ${device.name} is off by ${skewMs} ms`);
  device.setSkew(skewMs);
  return true;
};

const advance: Step = async (world) => {
  await world.time.advance(world.random.pick([1, 5, 30, 200, 1_000, 5_000, 20_000, 60_000]));
  return true;
};

const STEPS: readonly (readonly [weight: number, step: Step])[] = [
  [45, write],
  [7, openView],
  [4, closeView],
  [4, openAnotherTab],
  [2, closeTab],
  [3, crashTab],
  [1, freezeTab],
  [3, thawTab],
  [2, cutNetwork],
  [5, restoreNetwork],
  [3, dropConnection],
  [2, pauseOrResume],
  [1, forceReconnect],
  [1, failLocalCommits],
  [2, crashServer],
  [4, startServer],
  [1, replaceServer],
  [2, failAppend],
  [1, failColdStore],
  [2, jumpClock],
  [20, advance],
];

const TOTAL = STEPS.reduce((sum, [weight]) => sum + weight, 0);

export async function takeStep(world: World): Promise<void> {
  let drawn = world.random.integer(TOTAL);
  for (const [weight, step] of STEPS) {
    drawn -= weight;
    if (drawn >= 0) continue;
    await step(world);
    break;
  }
  // Several things may happen within one turn; a little time passes between most.
  if (world.random.integer(3) > 0) await world.time.advance(world.random.pick([0, 1, 10]));
}
