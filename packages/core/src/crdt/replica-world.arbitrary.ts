import * as fc from 'fast-check';
import { createHlc, type Hlc } from '../clock/hlc.js';
import { stampMillis } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { err, ok, type Result } from '../primitives/result.js';
import type { Value } from '../primitives/value.js';
import { applyOp } from './apply-op.js';
import { latestStamp } from './expiry.js';
import type { LwwRecord } from './lww-record.js';
import type { Op, OpBody } from './op.js';
import { planCount } from './plan-count.js';
import { planAdd, planDiscard } from './plan-or-set.js';
import { planTtl } from './plan-ttl.js';
import { planPatch, planRemove, planUpdate } from './plan-write.js';
import { advanceCounter, counterValue } from './pn-counter.js';
import { diffRecords, EMPTY_RECORD, mergeRecords } from './record-merge.js';

/** What is written: to a record (`r` …), to a set (`s` …) or to a counter (`c` …), by the first letter of its key. */
export interface Write {
  readonly key: string;
  readonly act: 'update' | 'patch' | 'remove' | 'add' | 'discard' | 'count';
  readonly value: Value;
  readonly delta: number;
  readonly ttlMs: number | null | undefined;
}

export type Step =
  /** Several writes are a transaction: they travel as one. */
  | { readonly type: 'write'; readonly by: number; readonly now: number; readonly writes: readonly Write[] }
  /** Something comes to `to`: ops that anybody wrote, the state that `from` has of a key, or what is new in it since `from` told last. */
  | {
      readonly type: 'tell';
      readonly what: 'ops' | 'state' | 'delta';
      readonly from: number;
      readonly to: number;
      readonly pick: number;
    };

/** How ops that belong together, and records, come from one replica to another. */
export interface Carrier {
  ops(ops: readonly Op[]): readonly Op[];
  record(key: string, record: LwwRecord): LwwRecord;
}

export type Records = ReadonlyMap<string, LwwRecord>;

const LIFE = 1_700_000_000_000;

/** One that writes by plans alone, as a client does, after all that it has seen. */
export class Replica {
  readonly records = new Map<string, LwwRecord>();
  readonly #clock: Hlc;
  readonly #told = new Map<Replica, Map<string, LwwRecord>>();
  readonly #id: ReplicaId;
  #seq = 0;

  constructor(id: string) {
    this.#id = id as ReplicaId;
    this.#clock = createHlc({ replica: this.#id });
  }

  write(writes: readonly Write[], now: number): readonly Op[] {
    return writes.flatMap((write) => {
      const held = this.records.get(write.key);
      const body = planOf(held, write, now);
      if (!body.ok || body.value === null) return [];
      const op = this.#issue(write.key, body.value, now);
      // Without a server each replica advances its own register (CR-7).
      const next = op.kind === 'count' ? advanceCounter(held, op, this.#id) : applyOp(held ?? EMPTY_RECORD, op);
      this.records.set(write.key, next);
      return [op];
    });
  }

  #issue(key: string, { ttlMs, ...body }: OpBody & { readonly ttlMs?: number | null }, now: number): Op {
    this.#seq += 1;
    const stamp = this.#clock.tick(now);
    const id = { replica: this.#id, seq: this.#seq, stamp, map: key[0]!, key };
    if (ttlMs === undefined) return { ...id, ...body } as Op;
    return { ...id, ...body, expiresAt: ttlMs === null ? null : stampMillis(stamp) + ttlMs } as Op;
  }

  takeOps(ops: readonly Op[]): void {
    for (const op of ops) {
      this.#clock.receive(op.stamp, LIFE);
      this.records.set(op.key, applyOp(this.records.get(op.key) ?? EMPTY_RECORD, op));
    }
  }

  takeRecord(key: string, record: LwwRecord): void {
    const latest = latestStamp(record);
    if (latest !== '') this.#clock.receive(latest, LIFE);
    this.records.set(key, mergeRecords(this.records.get(key) ?? EMPTY_RECORD, record));
  }

  /** What is new of the key since `to` was told of it. */
  newFor(to: Replica, key: string): LwwRecord {
    const told = this.#told.get(to) ?? new Map<string, LwwRecord>();
    this.#told.set(to, told);
    const [before, after] = [told.get(key) ?? EMPTY_RECORD, this.records.get(key) ?? EMPTY_RECORD];
    told.set(key, after);
    return diffRecords(before, after);
  }
}

function planOf(held: LwwRecord | undefined, write: Write, now: number): Result<OpBody | null, unknown> {
  switch (write.act) {
    case 'update':
      return withTtl(planUpdate(held, () => write.value));
    case 'patch':
      return withTtl(planPatch(held, { f: write.value, g: undefined }));
    case 'remove':
      return planRemove(held);
    case 'add':
      return planAdd(held, write.value);
    case 'discard':
      return planDiscard(held, write.value);
    case 'count':
      return planCount(held === undefined ? 0 : counterValue(held), write.delta);
  }
  function withTtl(plan: Result<OpBody | null, unknown>): Result<OpBody | null, unknown> {
    if (!plan.ok) return err(plan.error);
    return write.ttlMs === undefined ? ok(plan.value) : planTtl(held, plan.value, write.ttlMs, now);
  }
}

export interface World {
  readonly replicas: readonly Replica[];
  /** Ops that were written together, in the order of writing. Those on counters say nothing: their states do (CR-7). */
  readonly packets: readonly (readonly Op[])[];
  readonly ops: readonly Op[];
}

/** Runs the steps; `seen` looks at a replica each time that it has changed. */
export function runWorld(
  names: readonly string[],
  steps: readonly Step[],
  carrier: Carrier,
  seen: (at: number, replica: Replica) => void = () => {},
): World {
  const replicas = names.map((name) => new Replica(name));
  const packets: (readonly Op[])[] = [];
  const ops: Op[] = [];
  for (const step of steps) {
    const at = (step.type === 'write' ? step.by : step.to) % replicas.length;
    const replica = replicas[at]!;
    if (step.type === 'write') {
      const written = replica.write(step.writes, LIFE + step.now);
      ops.push(...written);
      packets.push(written);
    } else {
      tell(step, replicas[step.from % replicas.length]!, replica, packets, carrier);
    }
    seen(at, replica);
  }
  return { replicas, packets, ops };
}

function tell(
  { what, pick }: Extract<Step, { type: 'tell' }>,
  from: Replica,
  to: Replica,
  packets: readonly (readonly Op[])[],
  carrier: Carrier,
): void {
  if (what === 'ops') {
    const packet = packets[pick % packets.length];
    if (packet !== undefined && packet.length > 0) to.takeOps(carrier.ops(packet));
    return;
  }
  const keys = [...from.records.keys()];
  const key = keys[pick % keys.length];
  if (key === undefined || from === to) return;
  to.takeRecord(key, carrier.record(key, what === 'state' ? from.records.get(key)! : from.newFor(to, key)));
}

/** All that was written comes to all of them: in an order, and as many times more, as `rolls` say. */
export function settle({ replicas, packets }: World, carrier: Carrier, rolls: readonly number[]): void {
  let turn = 0;
  const roll = (below: number): number => rolls[turn++ % rolls.length]! % below;
  for (const replica of replicas) {
    const twice = packets.filter(() => roll(4) === 0);
    const order = [...packets, ...twice].map((packet) => ({ packet, at: roll(1_000) })).sort((a, b) => a.at - b.at);
    for (const { packet } of order) if (packet.length > 0) replica.takeOps(carrier.ops(packet));
  }
  for (const from of replicas) {
    for (const [key, record] of from.records) {
      if (record.existence?.op !== 'counter') continue;
      for (const to of replicas) if (to !== from) to.takeRecord(key, carrier.record(key, record));
    }
  }
}

const plain = fc.constantFrom<Value>(
  0,
  1,
  'x',
  null,
  false,
  [1, { b: 1, a: 2 }],
  [{ a: 2, b: 1 }],
  new Uint8Array([7]),
);
const objects = fc.dictionary(fc.constantFrom('f', 'g', '__proto__', '$x'), plain, {
  maxKeys: 3,
  noNullPrototype: true,
});

const writeOf = (key: string, acts: readonly Write['act'][], value: fc.Arbitrary<Value>): fc.Arbitrary<Write> =>
  fc.record({
    key: fc.constant(key),
    act: fc.constantFrom(...acts),
    value,
    delta: fc.integer({ min: -3, max: 3 }),
    ttlMs: fc.constantFrom(undefined, undefined, undefined, null, 1, 5_000),
  });

const writes: fc.Arbitrary<Write> = fc.oneof(
  ...['r1', 'r2'].map((key) => writeOf(key, ['update', 'update', 'patch', 'remove'], fc.oneof(plain, objects))),
  ...['s1', 's2'].map((key) => writeOf(key, ['add', 'add', 'discard'], plain)),
  writeOf('c1', ['count'], fc.constant(0)),
);

const who = fc.nat({ max: 3 });

/** Clocks are up to half a minute apart, go back, and stand still. */
export const stepLists: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('write' as const),
      by: who,
      now: fc.oneof(fc.constant(0), fc.integer({ min: -15_000, max: 15_000 })),
      writes: fc.array(writes, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('tell' as const),
      what: fc.constantFrom('ops' as const, 'state' as const, 'delta' as const),
      from: who,
      to: who,
      pick: fc.nat({ max: 99 }),
    }),
  ),
  { maxLength: 30 },
);

export const rollLists: fc.Arbitrary<readonly number[]> = fc.array(fc.nat({ max: 999 }), {
  minLength: 30,
  maxLength: 30,
});

export const someNames: fc.Arbitrary<readonly string[]> = fc.constantFrom(
  ['a.0'],
  ['a.0', 'b.0'],
  ['a.0', 'a.1', 'b.0'],
  ['z', 'a.0', 'a', '-'],
);
