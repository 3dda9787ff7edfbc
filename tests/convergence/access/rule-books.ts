import { isPlainObject, type Value } from '../../../packages/core/src/primitives/index.js';
import { auth, defineRules, hasRole, type Rules, type RulesInput } from '../../../packages/core/src/rules/index.js';
import type { Defects } from '../defects.js';
import { RECORD_MAPS, SET_MAP } from '../maps.js';
import { fieldsOf } from '../queries.js';
import type { Account } from './users.js';

export type Write = 'create' | 'update' | 'remove';

/** Rules twice: as an app writes them, and in plain code that shares nothing with `core/src/rules`. */
export interface RuleBook {
  readonly name: string;
  readonly input: RulesInput;
  readonly mayRead: (who: Account, map: string, value: Value) => boolean;
  /** Of a record that is there, in each state that an op finds or leaves. */
  readonly may: (who: Account, action: Write, map: string, value: Value) => boolean;
  /** Fields of records that are not shown to the user. */
  readonly hidden: (who: Account, map: string) => readonly string[];
  /** Fields of records that the user may not write. */
  readonly locked: (who: Account, map: string) => readonly string[];
}

const [TODOS, NOTES] = RECORD_MAPS;
const own = { where: { owner: auth.sub } };
const staff = hasRole('staff');
const everything = { read: true, create: true, update: true, remove: true };

const isStaff = ({ role }: Account): boolean => role === 'staff';
const isOwn = ({ user }: Account, value: Value): boolean => fieldsOf(value)['owner'] === user;
const rankOf = (value: Value): number => {
  const { rank } = fieldsOf(value);
  return typeof rank === 'number' ? rank : Number.NaN;
};

/** Records are their owner's and the staff's, who may give them to others. What is done is for everybody to see; what is secret, for the staff. */
export const OWNERS: RuleBook = {
  name: 'owners',
  input: {
    [TODOS]: {
      read: [own, staff, { where: { done: true } }],
      create: [own, staff],
      update: [own, staff],
      remove: [own, staff],
      fields: { secret: { read: staff } },
    },
    [NOTES]: { read: true, create: true, update: [own, staff], remove: [own, staff] },
    '*': everything,
  },
  mayRead: (who, map, value) => map !== TODOS || isStaff(who) || isOwn(who, value) || fieldsOf(value)['done'] === true,
  may: (who, action, map, value) =>
    (map !== TODOS && map !== NOTES) || (map === NOTES && action === 'create') || isStaff(who) || isOwn(who, value),
  hidden: (who, map) => (map === TODOS && !isStaff(who) ? ['secret'] : []),
  locked: (who, map) => (map === TODOS && !isStaff(who) ? ['secret'] : []),
};

/** Everybody may write what not everybody may read: low ranks, notes of one's own, which a function says, and sets are for the staff. */
export const LETTERBOX: RuleBook = {
  name: 'letterbox',
  input: {
    [TODOS]: {
      ...everything,
      read: [own, { where: { rank: { $lt: 4 } } }],
      fields: { done: { read: staff } },
    },
    [NOTES]: {
      ...everything,
      read: { check: ({ auth: { sub }, record }) => isPlainObject(record) && record['owner'] === sub },
    },
    [SET_MAP]: { ...everything, read: staff },
    '*': everything,
  },
  mayRead(who, map, value) {
    if (map === TODOS) return isOwn(who, value) || rankOf(value) < 4;
    if (map === NOTES) return isOwn(who, value);
    return map !== SET_MAP || isStaff(who);
  },
  may: () => true,
  hidden: (who, map) => (map === TODOS && !isStaff(who) ? ['done'] : []),
  locked: (who, map) => (map === TODOS && !isStaff(who) ? ['done'] : []),
};

export const RULE_BOOKS: readonly RuleBook[] = [OWNERS, LETTERBOX];

/** The rules, or what comes of a server that does not ask of reads what they say, or of writes. */
export function rulesOf({ input }: RuleBook, defects: Defects): Rules {
  const { readsAreNotJudged = false, writesAreNotJudged = false, rulesRefuse = false } = defects;
  const judged = Object.entries(input).map(([map, { fields = {}, ...actions }]) => {
    const ofFields = Object.entries(fields).map(([name, { read, write = read }]) => {
      return [name, { read: readsAreNotJudged ? true : read, write: writesAreNotJudged ? true : write }];
    });
    const reads = readsAreNotJudged ? { read: true } : {};
    const writes = writesAreNotJudged ? { create: true, update: true, remove: true } : {};
    const refuses = rulesRefuse ? { update: false } : {};
    return [map, { ...actions, ...reads, ...writes, ...refuses, fields: Object.fromEntries(ofFields) }];
  });
  return defineRules(Object.fromEntries(judged));
}
