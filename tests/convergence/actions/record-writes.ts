import { canonicalJson, type Value } from '../../../packages/core/src/primitives/index.js';
import { NOTHING_TO_DO } from '../../../packages/core/src/client/outbox/write-handle.js';
import { USERS } from '../access/users.js';
import type { AppEdit, AppTab } from '../app-tab.js';
import { RECORD_MAPS } from '../maps.js';
import { must } from '../violation.js';
import type { World } from '../world.js';
import { inSomeTab, type Action } from './action.js';

function drawFields(world: World): Record<string, Value> {
  const { random } = world;
  const fields: Record<string, Value> = { tag: world.nextTag() };
  if (random.integer(2) === 0) fields['rank'] = random.integer(8);
  if (random.integer(2) === 0) fields['done'] = random.integer(2) === 0;
  if (!world.profile.hasRules) return fields;
  if (random.integer(4) > 0) fields['owner'] = random.pick(USERS);
  if (random.integer(6) === 0) fields['secret'] = world.nextTag();
  return fields;
}

/** CR-9: most writes say nothing of the record's end. The shortest one comes in the middle of whatever is going on. */
const TTLS_MS = [1_000, 20_000, 90_000, null] as const;

export function drawEdit(world: World, isVisible: boolean): AppEdit {
  const edit = drawLastingEdit(world, isVisible);
  if (edit.type === 'remove' || world.random.integer(8) > 0) return edit;
  return { ...edit, ttlMs: world.random.pick(TTLS_MS) };
}

function drawLastingEdit(world: World, isVisible: boolean): AppEdit {
  const { random } = world;
  const fields = drawFields(world);
  if (!isVisible) return random.integer(2) === 0 ? { type: 'set', value: fields } : { type: 'update', fields };
  const kind = random.integer(10);
  if (kind < 2) return { type: 'remove' };
  if (kind < 4) return { type: 'set', value: fields };
  if (kind < 5) return { type: 'patch', fields: { [random.pick(['rank', 'done'])]: undefined } };
  return { type: kind < 8 ? 'update' : 'patch', fields };
}

/** Some record of some map. */
export function drawPlace({ random, profile }: World): { readonly map: string; readonly key: string } {
  return { map: random.integer(4) === 0 ? RECORD_MAPS[1] : RECORD_MAPS[0], key: random.pick(profile.keys) };
}

/** One write of one record, as an app makes it. */
export function writeRecord(world: World, tab: AppTab): boolean {
  const { map, key } = drawPlace(world);
  const before = tab.value(map, key);
  const edit = drawEdit(world, before !== undefined);
  const isIgnored = world.defects.writesAreIgnored === true && world.random.integer(9) === 0;
  const handle = isIgnored ? NOTHING_TO_DO : tab.edit(map, key, edit);
  world.say(`${tab.name} ${edit.type} ${map}/${key} ${JSON.stringify(edit)}${handle === null ? ' (not now)' : ''}`);
  if (handle === null) return false;
  world.step('write', `${edit.type} ${map}/${key}`);
  world.history.note(tab.name, handle);
  expectVisible(tab, map, key, edit, before !== undefined);
  return true;
}

/** CL-1. */
export function expectVisible(tab: AppTab, map: string, key: string, edit: AppEdit, wasVisible: boolean): void {
  expectInViews(tab, map, key, edit);
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

/** CL-1, of the tab's views: none shows anything else of the record, be its map loaded or not (CL-2). That it is shown where it has to be is for the view oracle. */
function expectInViews(tab: AppTab, map: string, key: string, edit: AppEdit): void {
  for (const view of tab.views.values()) {
    if (view.map !== map) continue;
    const row = view.read().data.find(({ _key }) => _key === key) as Record<string, unknown> | undefined;
    const isRight =
      row === undefined ||
      (edit.type !== 'remove' &&
        Object.entries(edit.type === 'set' ? edit.value : edit.fields).every(([name, value]) => row[name] === value));
    must(
      isRight,
      'visible-at-once',
      () =>
        `${tab.name} shows ${JSON.stringify(row)} for ${view.handle.key} after ${JSON.stringify(edit)} of ${map}/${key}`,
    );
  }
}

const write: Action = { weight: 45, run: inSomeTab(writeRecord) };

/** Several in one turn: they share a transaction and a message. */
const writeMany: Action = {
  weight: 4,
  run: inSomeTab((world, tab) => {
    for (let left = 2 + world.random.integer(6); left > 0; left -= 1) writeRecord(world, tab);
    return true;
  }),
};

export const RECORD_WRITES = { write, writeMany };
