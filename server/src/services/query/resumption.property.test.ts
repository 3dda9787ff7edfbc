import { applyOp, canonicalRecord, EMPTY_RECORD, materialize, type LwwRecord, type Op } from '@topgun/core/crdt';
import { evaluate, parseQuery, windowSize, type Query, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { OpAuthor } from '../../testing/op-author.js';
import { ReturningClient } from '../../testing/returning-client.js';
import { forgetMark } from '../crdt/forget-mark.js';
import type { RecordChange } from '../crdt/overlay.js';
import { Exchanges } from '../sync/exchanges.js';
import type { RecordSource } from './record-source.js';
import { ViewRegistry } from './view-registry.js';

let hash: (text: string) => bigint = () => 0n;
beforeAll(async () => {
  hash = await loadXxhash();
});

const KEYS = Array.from({ length: 60 }, (_, n) => `k${n}`);
const QUERIES: QueryInput[] = [{}, { where: { n: { $gte: 2 } } }, { sort: { n: 'desc' }, limit: 12 }];

function canonical(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

type Kind = 'same' | 'diffs' | 'exchange' | 'all';

/** A map, its views, and a client that comes and goes. */
class World implements RecordSource {
  readonly hash = hash;
  readonly held = new Map<string, LwwRecord>();
  readonly author = new OpAuthor('r.0', () => 0n);
  readonly timers = createManualTimers();
  readonly views = new ViewRegistry(this, 1_000, undefined, this.timers);
  readonly exchanges = new Exchanges();
  readonly query: Query;
  readonly client: ReturningClient;
  /** Clients may hold unset fields from here on that the server has forgotten. */
  forgotField = false;
  position = () => 0;
  read = () => (key: string) => this.held.get(key);
  records = () => this.held;
  size = () => this.held.size;

  constructor(query: Query) {
    this.query = query;
    this.client = new ReturningClient(this, 's', 'm', query);
  }

  get rows(): Map<string, LwwRecord> {
    return this.client.rows;
  }

  leave(): void {
    this.client.leave();
  }

  comeBack(between: () => void): Kind {
    return this.client.comeBack(between);
  }

  commit(writes: readonly (readonly [kind: string, key: number, n: number])[]): void {
    const changes = new Map<string, RecordChange>();
    for (const [kind, at, n] of writes) {
      const key = KEYS[at]!;
      const before = this.held.get(key);
      if (before === undefined && kind !== 'create') continue;
      const { author } = this;
      const op =
        kind === 'remove'
          ? author.remove('m', key)
          : kind === 'patch'
            ? author.patch('m', key, { n })
            : kind === 'unset'
              ? author.patch('m', key, { at: undefined as never })
              : author.create('m', key, { n, at }, kind === 'restart');
      const after = applyOp(before ?? EMPTY_RECORD, op);
      this.held.set(key, after);
      changes.set(key, {
        partition: 0,
        map: 'm',
        key,
        before: changes.has(key) ? changes.get(key)!.before : before,
        after,
      });
    }
    for (const { subscribers, changes: told } of this.views.apply([...changes.values()]).diffs) {
      if (subscribers.length > 0) this.client.take(told);
    }
  }

  /** An op that was written earlier comes now. */
  takeLate(op: Op): void {
    const before = this.held.get(op.key)!;
    const after = applyOp(before, op);
    this.held.set(op.key, after);
    const { diffs } = this.views.apply([{ partition: 0, map: 'm', key: op.key, before, after }]);
    for (const { changes: told } of diffs) this.client.take(told);
  }

  /** A record that was removed long ago is forgotten, as when its tombstone is collected. */
  forget(at: number): void {
    const record = this.held.get(KEYS[at]!);
    if (record !== undefined && materialize(record) === undefined) this.held.delete(KEYS[at]!);
  }

  /** CR-10: an unset field is forgotten; whoever is there is told nothing. */
  forgetField(at: number): void {
    const key = KEYS[at]!;
    const before = this.held.get(key);
    const register = before?.fields.get('at');
    if (before === undefined || register === undefined || register.value !== undefined) return;
    const after = forgetMark(before, { stamp: register.stamp, field: 'at' });
    if (after === undefined || materialize(before) === undefined) return;
    this.held.set(key, after);
    const { diffs } = this.views.apply([{ partition: 0, map: 'm', key, before, after }]);
    expect(diffs).toEqual([]);
    this.forgotField = true;
  }

  check(): void {
    const entries = [...this.held].flatMap(([key, record]) => {
      const value = materialize(record);
      return value === undefined ? [] : [{ key, value }];
    });
    const limit = this.query.limit === null ? null : windowSize(this.query);
    const expected = evaluate({ ...this.query, limit }, entries).map(({ key }) => key);
    expect([...this.rows.keys()].sort()).toEqual(expected.sort());
    for (const key of expected) {
      const text = this.forgotField ? canonicalOfSet : canonicalRecord;
      expect(text(this.rows.get(key)!), key).toBe(text(this.held.get(key)!));
    }
  }
}

/** The state without its unset fields. */
function canonicalOfSet(record: LwwRecord): string {
  const fields = new Map([...record.fields].filter(([, { value }]) => value !== undefined));
  return canonicalRecord({ ...record, fields });
}

const writes = fc.array(
  fc.tuple(fc.constantFrom('create', 'patch', 'unset', 'remove', 'restart'), fc.nat(KEYS.length - 1), fc.nat(4)),
  { minLength: 1, maxLength: 6 },
);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('commit' as const), writes }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('away' as const), during: fc.array(writes, { maxLength: 4 }) }),
    },
    // The view does not outlive it, so that there is no ring.
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('long-away' as const), during: fc.array(writes, { maxLength: 4 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const), at: fc.nat(KEYS.length - 1) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('forget-field' as const), at: fc.nat(KEYS.length - 1) }) },
    { weight: 1, arbitrary: fc.constant({ type: 'time' as const }) },
    // What the client has is not what any view ever was.
    { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), at: fc.nat(KEYS.length - 1) }) },
  ),
  { maxLength: 30 },
);

test('SY-2: however a client comes back, it has the rows and stamps of the naive answer, and afterwards what is pushed', () => {
  const kinds = new Map<Kind, number>();
  fc.assert(
    fc.property(fc.constantFrom(...QUERIES), steps, writes, (input, list, meanwhile) => {
      const world = new World(canonical(input));
      world.commit(KEYS.slice(0, 45).map((_, at) => ['create', at, at % 5]));
      world.comeBack(() => {});
      const back = (): void => {
        const waiting = meanwhile.map((write) => [write]);
        const kind = world.comeBack(() => world.commit(waiting.shift() ?? []));
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      };
      for (const step of list) {
        switch (step.type) {
          case 'commit':
            world.commit(step.writes);
            break;
          case 'away':
          case 'long-away':
            world.leave();
            for (const some of step.during) world.commit(some);
            if (step.type === 'long-away') for (let i = 0; i < 9; i += 1) world.timers.runAll();
            back();
            break;
          case 'forget':
            world.leave();
            world.forget(step.at);
            world.commit([['create', step.at, 1]]);
            back();
            break;
          case 'forget-field':
            world.commit([['unset', step.at, 0]]);
            world.forgetField(step.at);
            break;
          case 'time':
            world.timers.runAll();
            break;
          default:
            world.leave();
            world.rows.delete(KEYS[step.at]!);
            back();
        }
        world.check();
      }
    }),
    { numRuns: 250 },
  );
  // Each way was taken many times.
  expect(
    [...kinds]
      .filter(([, times]) => times > 20)
      .map(([kind]) => kind)
      .sort(),
  ).toEqual(['diffs', 'exchange', 'same']);
});

test('CR-10, SY-2: a client that held what was forgotten is brought level once, and then is the same', () => {
  const world = new World(canonical({}));
  world.commit(KEYS.slice(0, 45).map((_, at) => ['create', at, at]));
  world.comeBack(() => {});
  world.leave();
  // From here on the view keeps its digest current.
  expect(world.comeBack(() => {})).toBe('same');
  world.commit([['unset', 3, 0]]);
  world.forgetField(3);
  world.leave();
  const before = world.rows.get(KEYS[3]!)!;
  expect(before.fields.get('at')?.value).toBeUndefined();
  expect(before.fields.has('at')).toBe(true);
  expect(world.comeBack(() => {})).not.toBe('same');
  expect(canonicalRecord(world.rows.get(KEYS[3]!)!)).toBe(canonicalRecord(world.held.get(KEYS[3]!)!));
  world.leave();
  expect(world.comeBack(() => {})).toBe('same');
});

test('CR-10: an edit older than a field that was unset, and forgotten, shows with those who hold the field as unset', () => {
  const world = new World(canonical({}));
  world.commit([
    ['create', 1, 1],
    ['create', 3, 3],
  ]);
  world.comeBack(() => {});
  const late = world.author.patch('m', KEYS[3]!, { at: 7 });
  world.commit([['unset', 3, 0]]);
  world.forgetField(3);
  expect(materialize(world.rows.get(KEYS[3]!)!)).toEqual({ n: 3 });
  world.takeLate(late);
  expect(materialize(world.held.get(KEYS[3]!)!)).toEqual({ n: 3, at: 7 });
  expect(canonicalRecord(world.rows.get(KEYS[3]!)!)).toBe(canonicalRecord(world.held.get(KEYS[3]!)!));
});
