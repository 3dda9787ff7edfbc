import { describe, expect, test } from 'vitest';
import { applyDecided, materialize, type FieldWrite, type LwwRecord, type RecordOp } from '../crdt/index.js';
import { opIdAt } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { auth, defineRules, effectOf, judgeEffect, runRuleCases, type Claims, type RuleInput } from './index.js';
import type { Action } from './rule.js';

// Every set of rules of three kinds, for every op of a small world on every record of it: what RU-3 and RU-4 say, one sentence after another.

type Kind = 'never' | 'always' | 'own';
const KINDS: readonly Kind[] = ['never', 'always', 'own'];
const RULES: Readonly<Record<Kind, RuleInput>> = { never: false, always: true, own: { where: { owner: auth.sub } } };
type Grants = Readonly<Record<Action, Kind>>;

const ALL: readonly Grants[] = KINDS.flatMap((read) =>
  KINDS.flatMap((create) => KINDS.flatMap((update) => KINDS.map((remove) => ({ read, create, update, remove })))),
);
const BEARERS: readonly Claims[] = [{}, { sub: 'ann' }, { sub: 'bob' }];

const idAt = (millis: number) => ({ ...opIdAt(millis, 'r.0'), key: 'k' });
const owned = (owner: string): readonly FieldWrite[] => [{ name: 'owner', value: owner }];
const create = (millis: number, owner: string): RecordOp => ({
  ...idAt(millis),
  kind: 'create',
  fields: owned(owner),
  restart: false,
});

const held = (owner: string): LwwRecord => applyDecided(undefined, create(1, owner));
const RECORDS: readonly (readonly [string, LwwRecord | undefined])[] = [
  ['no record', undefined],
  ['a removed one', applyDecided(held('ann'), { ...idAt(2), kind: 'remove' })],
  ['a record of ann', held('ann')],
  ['a record of bob', held('bob')],
  ['a record of nobody', applyDecided(undefined, { ...idAt(1), kind: 'create', fields: [], restart: false })],
];

const OPS: readonly (readonly [string, RecordOp])[] = [
  ['a create for ann', create(5, 'ann')],
  ['a create for bob', create(5, 'bob')],
  ['a life begun anew', { ...idAt(5), kind: 'create', fields: owned('ann'), restart: true }],
  ['a create that ends', { ...idAt(5), kind: 'create', fields: owned('ann'), restart: false, expiresAt: 90 }],
  ['an edit for ann', { ...idAt(5), kind: 'patch', fields: owned('ann') }],
  ['an edit for bob', { ...idAt(5), kind: 'patch', fields: owned('bob') }],
  ['an edit of something else', { ...idAt(5), kind: 'patch', fields: [{ name: 'text', value: 'x' }] }],
  ['another end', { ...idAt(5), kind: 'patch', fields: [], expiresAt: 90 }],
  ['a removal', { ...idAt(5), kind: 'remove' }],
];

const shown = (record: LwwRecord | undefined): Value | undefined =>
  record === undefined ? undefined : materialize(record);
const ownerOf = (record: Value): unknown => (record as { readonly owner?: unknown }).owner;

function means(kind: Kind, claims: Claims, record: Value): boolean {
  if (kind !== 'own') return kind === 'always';
  return claims['sub'] !== undefined && ownerOf(record) === claims['sub'];
}

/** `own` can be met by nobody who has no name. */
const canEver = (kind: Kind, claims: Claims): boolean =>
  kind === 'always' || (kind === 'own' && claims['sub'] !== undefined);

/** The rule that refuses it; `null`: it is granted. */
function refusing(grants: Grants, claims: Claims, before: LwwRecord | undefined, op: RecordOp): Action | null {
  const [was, is] = [shown(before), shown(applyDecided(before, op))];
  const may = (action: Action, record: Value): boolean => means(grants[action], claims, record);
  if (was === undefined && is === undefined) {
    // Nothing that shows can be asked of. An edit would be kept, and show when somebody makes the record again.
    if (op.kind === 'patch') return grants.update === 'always' ? null : 'update';
    return canEver(grants.remove, claims) ? null : 'remove';
  }
  if (is === undefined) return may('remove', was!) ? null : 'remove';
  const ends = op.kind !== 'remove' && op.expiresAt !== undefined;
  if (was === undefined) {
    if (!may('create', is)) return 'create';
    return ends && !may('remove', is) ? 'remove' : null;
  }
  if (!may('update', was) || !may('update', is)) return 'update';
  const restarts = op.kind === 'create' && op.restart;
  return (restarts || ends) && !may('remove', was) ? 'remove' : null;
}

/** What its author hears: of a record that they may not read, what would be said if there were none. */
function heard(grants: Grants, claims: Claims, before: LwwRecord | undefined, op: RecordOp): string {
  const rule = refusing(grants, claims, before, op);
  if (rule === null) return 'granted';
  const was = shown(before);
  const isKnown = was !== undefined && means(grants.read, claims, was);
  if (!isKnown) return op.kind === 'create' ? 'not-permitted by create' : 'record-absent';
  return `not-permitted by ${rule}`;
}

const inputOf = (grants: Grants): Record<Action, RuleInput> => ({
  read: RULES[grants.read],
  create: RULES[grants.create],
  update: RULES[grants.update],
  remove: RULES[grants.remove],
});

function said(grants: Grants, claims: Claims, before: LwwRecord | undefined, op: RecordOp): string {
  const access = defineRules({ m: inputOf(grants) })
    .for(claims)
    .of('m');
  const refusal = judgeEffect(access, effectOf(op, before, applyDecided(before, op)));
  if (refusal === null) return 'granted';
  if (refusal.code === 'record-absent') return refusal.code;
  return `not-permitted by ${/^The rule (\w+) of m /.exec(refusal.reason)?.[1]}`;
}

/** What is said otherwise than expected, as far as a person wants to read. */
function differences(expected: typeof heard): readonly string[] {
  const found: string[] = [];
  for (const grants of ALL) {
    for (const claims of BEARERS) {
      for (const [record, before] of RECORDS) {
        for (const [what, op] of OPS) {
          const [is, ought] = [said(grants, claims, before, op), expected(grants, claims, before, op)];
          if (is === ought) continue;
          found.push(`${JSON.stringify(grants)} ${JSON.stringify(claims)}: ${what} on ${record}: ${is}, not ${ought}`);
        }
      }
    }
  }
  return found;
}

describe('RU-3, RU-4: every op of a small world', () => {
  test('is judged by its effect, and refused in words that tell nothing of what may not be read', () => {
    expect(differences(heard).slice(0, 5)).toEqual([]);
  });

  test.each<[string, typeof heard]>([
    [
      'judged by its name alone',
      (grants, claims, before, op) => {
        const action: Action = op.kind === 'patch' ? 'update' : op.kind;
        const record = shown(before) ?? shown(applyDecided(before, op)) ?? {};
        return means(grants[action], claims, record) ? 'granted' : heard(grants, claims, before, op);
      },
    ],
    [
      'judged by what was there alone',
      (grants, claims, before, op) => {
        const was = shown(before);
        const isEdit = was !== undefined && op.kind !== 'remove' && means(grants.update, claims, was);
        return isEdit ? 'granted' : heard(grants, claims, before, op);
      },
    ],
    [
      'told by which rule, whoever asks',
      (grants, claims, before, op) => {
        const rule = refusing(grants, claims, before, op);
        return rule === null ? 'granted' : `not-permitted by ${rule}`;
      },
    ],
  ])('is not %s: that would be found', (_what, expected) => {
    expect(differences(expected).length).toBeGreaterThan(0);
  });

  test('no refusal of an edit or a removal tells whether there is a record that its author may not read', () => {
    for (const grants of ALL) {
      for (const claims of BEARERS) {
        for (const [, op] of OPS.filter(([, { kind }]) => kind !== 'create')) {
          const answers = RECORDS.filter(([, before]) => {
            const was = shown(before);
            return was === undefined || !means(grants.read, claims, was);
          }).map(([, before]) => said(grants, claims, before, op));
          expect(answers.filter((answer) => answer !== 'granted' && answer !== 'record-absent')).toEqual([]);
        }
      }
    }
  });
});

test('RU-7, RU-8: what a device says beforehand, and what cases of rules say, is what the judge says of the same effect', () => {
  const wrong: string[] = [];
  for (const grants of ALL) {
    const rules = defineRules({ m: inputOf(grants) });
    for (const claims of BEARERS) {
      for (const [record, before] of RECORDS.filter(([, each]) => each === undefined || shown(each) !== undefined)) {
        const was = shown(before);
        for (const owner of ['ann', 'bob']) {
          const action = was === undefined ? 'create' : 'update';
          const op: RecordOp =
            was === undefined ? create(5, owner) : { ...idAt(5), kind: 'patch', fields: owned(owner) };
          const isGranted = refusing(grants, claims, before, op) === null;
          const { allowed } = rules.for(claims).preview({ action, map: 'm', key: 'k', before: was, after: { owner } });
          const expect_ = isGranted ? ('granted' as const) : ('refused' as const);
          const each = { as: claims, action, map: 'm', key: 'k', after: { owner }, expect: expect_ } as const;
          const { failures } = runRuleCases(rules, [was === undefined ? each : { ...each, before: was }]);
          if (allowed !== isGranted || failures.length > 0)
            wrong.push(`${JSON.stringify(grants)} ${JSON.stringify(claims)} ${record} for ${owner}`);
        }
        if (was === undefined) continue;
        const mayRemove = means(grants.remove, claims, was);
        const intention = { action: 'remove', map: 'm', key: 'k', before: was, after: undefined } as const;
        if (rules.for(claims).preview(intention).allowed !== mayRemove) wrong.push(`removal of ${record}`);
        const mayRead = means(grants.read, claims, was);
        if (rules.for(claims).preview({ ...intention, action: 'read' }).allowed !== mayRead)
          wrong.push(`read of ${record}`);
      }
    }
  }
  expect(wrong.slice(0, 5)).toEqual([]);
});
