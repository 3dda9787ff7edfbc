import { applyDecided, isVisible, materialize, type LwwRecord, type Op } from '@topgun/core/crdt';
import { isPlainObject, type Value } from '@topgun/core/primitives';
import { auth, defineRules, hasRole } from '@topgun/core/rules';
import type { Identity } from '../ports/identity.js';
import type { Maps } from './naive-view.js';

/*
 * Rules of two maps, users, and what each user may see by the plainest means: rows of one's own, open ones, and all for the one who
 * administers; pay, which the latter alone may see; notes, of which a function says whose they are.
 */
export const RULES = defineRules({
  todos: {
    read: [{ where: { owner: auth.sub } }, { where: { open: true } }, hasRole('admin')],
    create: true,
    update: true,
    remove: true,
    fields: { pay: { read: hasRole('admin'), write: true } },
  },
  notes: {
    read: { check: ({ auth: { sub }, record }) => ownerOf(record) === sub },
    create: true,
    update: true,
    remove: true,
  },
});

export const USERS = ['ann', 'bob', 'eve'] as const;
export type User = (typeof USERS)[number];

export const identityOf = (user: User): Identity => ({
  principal: user,
  claims: user === 'eve' ? { sub: user, role: 'admin' } : { sub: user },
  expiresAtMs: null,
});

const ownerOf = (record: Value): unknown => (isPlainObject(record) ? record['owner'] : undefined);

/** The state as it is decided, op by op. */
export class PlainState {
  readonly maps = new Map<string, Map<string, LwwRecord>>([
    ['todos', new Map()],
    ['notes', new Map()],
  ]);

  apply(op: Op): void {
    const records = this.maps.get(op.map)!;
    records.set(op.key, applyDecided(records.get(op.key), op));
  }
}

/** What the user may see of the records of both maps. */
export const seenByUser = (user: User, maps: Maps): Maps =>
  new Map([...maps].map(([map, records]) => [map, new Map([...records].flatMap((row) => seenRow(user, map, row)))]));

function seenRow(user: User, map: string, [key, record]: readonly [string, LwwRecord]): [string, LwwRecord][] {
  const value = isVisible(record) ? materialize(record) : undefined;
  if (value === undefined) return [];
  const isOwn = ownerOf(value) === user;
  if (map === 'notes') return isOwn ? [[key, record]] : [];
  if (user === 'eve') return [[key, record]];
  const isOpen = isPlainObject(value) && value['open'] === true;
  if (!isOwn && !isOpen) return [];
  const fields = new Map([...record.fields].filter(([name]) => name !== 'pay'));
  return [[key, { ...record, fields }]];
}
