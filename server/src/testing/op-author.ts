import { encodeStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import { opToWire, type AddOp, type CountOp, type DiscardOp, type FieldWrite, type Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64, type Value } from '@topgun/core/primitives';
import type { SubmitBatch } from '@topgun/core/protocol';

/** A replica as a test plays it: it numbers and stamps ops, and puts them into batches as a client does. */
export class OpAuthor {
  readonly replica: ReplicaId;
  readonly #hash: Hash64;
  #seq = 0;
  #millis: number;

  constructor(replica: string, hash: Hash64, millis = 1_700_000_000_000) {
    this.replica = replica as ReplicaId;
    this.#hash = hash;
    this.#millis = millis;
  }

  /** The highest sequence issued. */
  get issued(): number {
    return this.#seq;
  }

  create(map: string, key: string, fields: Readonly<Record<string, Value>> = {}, restart = false): Op {
    return { ...this.#next(map, key), kind: 'create', fields: fieldsOf(fields), restart };
  }

  patch(map: string, key: string, fields: Readonly<Record<string, Value>>): Op {
    return { ...this.#next(map, key), kind: 'patch', fields: fieldsOf(fields) };
  }

  remove(map: string, key: string): Op {
    return { ...this.#next(map, key), kind: 'remove' };
  }

  add(map: string, key: string, value: Value, tags: readonly Stamp[] = []): AddOp {
    return { ...this.#next(map, key), kind: 'add', value, tags };
  }

  discard(map: string, key: string, value: Value, tags: readonly Stamp[]): DiscardOp {
    return { ...this.#next(map, key), kind: 'discard', value, tags };
  }

  count(map: string, key: string, delta: number): CountOp {
    return { ...this.#next(map, key), kind: 'count', delta };
  }

  /** Ops in ascending sequence as the batches of one submit message. */
  batches(...ops: readonly Op[]): SubmitBatch[] {
    return toBatches(ops, this.#hash);
  }

  #next(map: string, key: string): Pick<Op, 'replica' | 'seq' | 'stamp' | 'map' | 'key'> {
    this.#seq += 1;
    this.#millis += 1;
    const stamp = encodeStamp({ millis: this.#millis, counter: 0, replica: this.replica });
    return { replica: this.replica, seq: this.#seq, stamp, map, key };
  }
}

/** Groups ops by replica and partition, each group in the order given. */
export function toBatches(ops: readonly Op[], hash: Hash64): SubmitBatch[] {
  const batches = new Map<string, { replica: ReplicaId; partition: number; ops: ReturnType<typeof opToWire>[] }>();
  for (const op of ops) {
    const partition = partitionOf(hash, op.map, op.key);
    const place = `${op.replica} ${partition}`;
    const batch = batches.get(place) ?? { replica: op.replica, partition, ops: [] };
    batches.set(place, batch);
    batch.ops.push(opToWire(op));
  }
  return [...batches.values()];
}

const fieldsOf = (fields: Readonly<Record<string, Value>>): FieldWrite[] =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));
