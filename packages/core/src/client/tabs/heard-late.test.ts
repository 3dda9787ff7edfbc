import { expect, test } from 'vitest';
import type { ReplicaId } from '../../clock/index.js';
import { applyOp, EMPTY_RECORD, materialize, type LwwRecord } from '../../crdt/index.js';
import type { Stamp } from '../../clock/index.js';
import type { TabEvent } from '../ports/tab-events.js';
import type { BaseChange } from '../ports/storage.js';
import { applyBaseChange } from '../storage/apply-base-change.js';
import { heardLate, isOfConnection } from './heard-late.js';

const record = (n: number): LwwRecord =>
  applyOp(EMPTY_RECORD, {
    kind: 'create',
    replica: 'a.0' as ReplicaId,
    seq: n,
    stamp: `-------${n}---a.0` as Stamp,
    map: 'm',
    key: 'k',
    restart: false,
    fields: [{ name: 'n', value: n }],
  });
const replacement: readonly BaseChange[] = [
  { type: 'drop', key: 'k' },
  { type: 'merge', key: 'k', delta: record(1) },
];
const gone: BaseChange = { type: 'drop', key: 'gone' };
const maps = (changes: readonly BaseChange[]) => [{ map: 'm', changes }];

test('CL-4, CR-7: what a former leader put in the place of a record is merged into what storage has said since', () => {
  const events: readonly TabEvent[] = [
    { type: 'changes', maps: maps([...replacement, gone]), subs: [], through: 1 },
    { type: 'decided', position: 1, decisions: [], totals: maps([...replacement, gone]) },
  ];
  for (const event of events) {
    const late = heardLate(event);
    const told = late.type === 'changes' ? late.maps : late.type === 'decided' ? late.totals : [];
    expect(told).toEqual(maps([replacement[1]!, gone]));
    const held = new Map([['k', record(2)]]);
    for (const change of told![0]!.changes) applyBaseChange(held, change);
    expect(materialize(held.get('k'))).toEqual({ n: 2 });
  }
});

test('CL-4: a record that it dropped after it was told stays dropped', () => {
  const changes: readonly BaseChange[] = [
    { type: 'merge', key: 'k', delta: record(1) },
    { type: 'drop', key: 'k' },
  ];
  expect(heardLate({ type: 'changes', maps: maps(changes), subs: [], through: null })).toMatchObject({
    maps: maps(changes),
  });
});

test('CL-4: decisions without totals, and what is durable, are told as they are', () => {
  const events: readonly TabEvent[] = [
    { type: 'decided', position: 1, decisions: [] },
    { type: 'persisted', entries: [] },
  ];
  for (const event of events) {
    expect(heardLate(event)).toBe(event);
    expect(isOfConnection(event)).toBe(false);
  }
  expect(isOfConnection({ type: 'unsettled', subs: null })).toBe(true);
});
