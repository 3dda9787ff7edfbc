import * as fc from 'fast-check';
import { isPlainObject, type Value } from '../primitives/index.js';
import { auth, hasRole, type Claims } from './index.js';
import type { Action, MapRulesInput, RuleInput } from './rule.js';

/** Records and tokens small enough that they meet: `owner` is a user, `open` a flag, `pay` a field of its own rules. */
export const USERS = ['ann', 'bob'] as const;

export const claimsOf: fc.Arbitrary<Claims> = fc.record(
  { sub: fc.constantFrom(...USERS), role: fc.constantFrom('hr', 'dev') },
  { requiredKeys: [] },
);

/** One way to grant something: as rules say it, and what it means, said by itself. */
export interface Grant {
  readonly name: string;
  readonly rule: RuleInput;
  means(claims: Claims, record: Value): boolean;
}

const fieldOf = (record: Value, name: string): unknown => (isPlainObject(record) ? record[name] : undefined);
const isOwn = (claims: Claims, record: Value): boolean =>
  claims['sub'] !== undefined && fieldOf(record, 'owner') === claims['sub'];

export const GRANTS: readonly Grant[] = [
  { name: 'never', rule: false, means: () => false },
  { name: 'always', rule: true, means: () => true },
  { name: 'own', rule: { where: { owner: auth.sub } }, means: isOwn },
  {
    name: 'others',
    rule: { where: { owner: { $ne: auth.sub } } },
    means: (claims, record) => claims['sub'] !== undefined && fieldOf(record, 'owner') !== claims['sub'],
  },
  { name: 'open', rule: { where: { open: true } }, means: (_claims, record) => fieldOf(record, 'open') === true },
  { name: 'hr', rule: hasRole('hr'), means: (claims) => claims['role'] === 'hr' },
  {
    name: 'own or open',
    rule: [{ where: { owner: auth.sub } }, { check: ({ record }) => fieldOf(record, 'open') === true }],
    means: (claims, record) => isOwn(claims, record) || fieldOf(record, 'open') === true,
  },
];

export const grants: fc.Arbitrary<Grant> = fc.constantFrom(...GRANTS);
const tokenGrants = fc.constantFrom(...GRANTS.filter(({ name }) => ['never', 'always', 'hr'].includes(name)));

/** Rules of one map, by what each grants. */
export interface SmallRules extends Readonly<Record<Action, Grant>> {
  readonly payRead: Grant;
  readonly payWrite: Grant;
}

export const smallRules: fc.Arbitrary<SmallRules> = fc.record({
  read: grants,
  create: grants,
  update: grants,
  remove: grants,
  payRead: tokenGrants,
  payWrite: grants,
});

export const toInput = ({ read, create, update, remove, payRead, payWrite }: SmallRules): MapRulesInput => ({
  read: read.rule,
  create: create.rule,
  update: update.rule,
  remove: remove.rule,
  fields: { pay: { read: payRead.rule, write: payWrite.rule } },
});
