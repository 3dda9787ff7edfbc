import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../clock/index.js';
import { applyDecided, type Op } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { auth, defineRules, effectOf, hasRole, judgeEffect } from './index.js';
import { claimsOf, smallRules, toInput, USERS } from './small-rules.arbitrary.js';

const id = { replica: 'r.0' as ReplicaId, seq: 1, map: 'm', key: 'k' };
const at = (millis: number) => encodeStamp({ millis, counter: 0, replica: id.replica });
const writesOf = (fields: object) => Object.entries(fields).map(([name, value]) => ({ name, value: value as Value }));

const records = fc.record(
  { owner: fc.constantFrom(...USERS), open: fc.boolean(), pay: fc.nat(1) },
  { requiredKeys: [] },
);

describe('RU-7: what a device says beforehand', () => {
  test('never forbids what the server would grant, and forbids what it refuses unless a function has a say', () => {
    const cases = fc.record({
      rules: smallRules,
      claims: claimsOf,
      before: fc.option(records, { nil: undefined }),
      after: fc.option(records, { nil: undefined }),
    });
    fc.assert(
      fc.property(cases, ({ rules, claims, before, after }) => {
        fc.pre(before !== undefined || after !== undefined);
        const access = defineRules({ m: toInput(rules) }).for(claims);
        const held =
          before &&
          applyDecided(undefined, { ...id, kind: 'create', stamp: at(1), fields: writesOf(before), restart: false });
        const op: Op =
          after === undefined
            ? { ...id, kind: 'remove', stamp: at(2) }
            : before === undefined
              ? { ...id, kind: 'create', stamp: at(2), fields: writesOf(after), restart: false }
              : { ...id, kind: 'patch', stamp: at(2), fields: writesOf(changes(before, after)) };
        const refused = judgeEffect(access.of('m'), effectOf(op, held, applyDecided(held, op)));
        const action = after === undefined ? 'remove' : before === undefined ? 'create' : 'update';
        const said = access.preview({ action, map: 'm', key: 'k', before, after });
        const hasFunction = Object.values(rules).some(({ name }) => name === 'own or open');
        if (refused === null) expect(said.allowed).toBe(true);
        else if (!hasFunction) expect(said).toEqual({ allowed: false, reason: expect.any(String) });
      }),
      { numRuns: 2_000 },
    );
  });

  test('names the rule', () => {
    const own = { where: { owner: auth.sub } };
    const rules = defineRules({
      todos: { read: true, create: own, update: own, fields: { pay: { write: hasRole('hr') } } },
    });
    const may = (action: 'read' | 'create' | 'update' | 'remove', before: Value | undefined, after?: Value) =>
      rules.for({ sub: 'ann' }).preview({ action, map: 'todos', key: 'k', before, after });
    expect(may('create', undefined, { owner: 'ann' })).toEqual({ allowed: true });
    expect(may('create', { owner: 'bob' }, { owner: 'ann' })).toMatchObject({
      reason: expect.stringContaining('update'),
    });
    expect(may('update', { owner: 'ann' }, { owner: 'ann', pay: 1 })).toMatchObject({
      reason: expect.stringContaining('fields.pay.write'),
    });
    expect(may('update', { owner: 'ann', pay: 1 }, { owner: 'ann', pay: 1 })).toEqual({ allowed: true });
    expect(may('remove', { owner: 'ann' })).toMatchObject({ reason: 'The rule remove of todos does not permit this.' });
    expect(
      rules.for({}).preview({ action: 'read', map: 'notes', key: 'k', before: {}, after: undefined }).allowed,
    ).toBe(false);
  });
});

/** The fields that differ, as a write names them. */
function changes(before: object, after: object): object {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const [was, is] = [before, after] as { [name: string]: unknown }[];
  return Object.fromEntries([...names].filter((name) => was![name] !== is![name]).map((name) => [name, is![name]]));
}
