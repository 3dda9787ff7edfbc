import fc from 'fast-check';

import { encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import { canonicalRecord, type LwwRecord, mergeRecords, type Op, opToRecord } from '../../crdt/index.js';
import type { Result, Value } from '../../primitives/index.js';
import type { BaseChange, OutboxEntry, ReadAhead, Storage, StorageError, StoredRejection } from '../ports/storage.js';

/** Test data for storages: ops, records, commits. */
export const A = 'dbdbdbdbdbdb.0' as ReplicaId;
export const B = 'dbdbdbdbdbdb.1' as ReplicaId;

export const stampOf = (millis: number, replica: ReplicaId = A): Stamp => encodeStamp({ millis, counter: 0, replica });

export function createOp(
  seq: number,
  options: Partial<{ replica: ReplicaId; map: string; key: string; title: Value; millis: number }> = {},
): Op {
  const { replica = A, map = 'todos', key = `k${seq}`, title = `title ${seq}`, millis = 1000 + seq } = options;
  const stamp = stampOf(millis, replica);
  return { kind: 'create', replica, seq, stamp, map, key, fields: [{ name: 'title', value: title }], restart: false };
}

export const entry = (op: Op, handed = false): OutboxEntry => ({ op, handed });

export const record = (millis: number, value: Value): LwwRecord => opToRecord(createOp(1, { millis, title: value }));

export const merge = (key: string, delta: LwwRecord): BaseChange => ({ type: 'merge', key, delta });

export const rejection = (op: Op, at: number): StoredRejection => ({
  op,
  code: 'record-absent',
  reason: 'There is no such record.',
  at,
});

/** The value, or a failed test that names the error. */
export function unwrap<T>(result: Result<T, StorageError>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** Makes the body of a test that runs on a new database, opened as often as the test asks. */
export type WithDatabase = (
  test: (open: (ahead?: ReadAhead) => Promise<Storage>) => Promise<void>,
) => () => Promise<void>;

export async function compactAll(storage: Storage): Promise<void> {
  while (unwrap(await storage.compact()));
}

/** Two maps of records as texts that are equal exactly when the states are. */
export const canonicalMap = (records: ReadonlyMap<string, LwwRecord>): readonly (readonly [string, string])[] =>
  [...records].map(([key, held]) => [key, canonicalRecord(held)] as const).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a map must hold after these changes: written apart from the code under test. */
export function replay(model: Map<string, LwwRecord>, changes: readonly BaseChange[]): void {
  for (const change of changes) {
    if (change.type === 'drop') model.delete(change.key);
    else {
      const before = model.get(change.key);
      model.set(change.key, before === undefined ? change.delta : mergeRecords(before, change.delta));
    }
  }
}

export const keys = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `key-${n}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'é',
      '\u{1f600}',
      '\ud800',
      '\uffff',
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6 }) },
);

export const values: fc.Arbitrary<Value> = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constantFrom<Value>(null, false, 0, '', [], { $bytes: 'not bytes' }, JSON.parse('{"__proto__":{"a":1}}') as Value),
  fc.uint8Array({ maxLength: 8 }).map((bytes): Value => Uint8Array.from(bytes)),
);

const deltas: fc.Arbitrary<LwwRecord> = fc
  .record({
    kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const, 'set' as const),
    millis: fc.integer({ min: 1, max: 60 }),
    replica: fc.constantFrom(A, B),
    fields: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('title', 'done', '__proto__', ''),
        value: fc.option(values, { nil: undefined }),
      }),
      {
        minLength: 1,
        maxLength: 3,
        selector: (field) => field.name,
      },
    ),
  })
  .map(({ kind, millis, replica, fields }) => {
    const head = { replica, seq: 1, stamp: stampOf(millis, replica), map: 'm', key: 'k' };
    if (kind === 'remove') return opToRecord({ ...head, kind });
    const [first] = fields;
    if (kind === 'set') return opToRecord({ ...head, kind: 'add', value: first?.value ?? null, tags: [stampOf(1, B)] });
    if (kind === 'patch') return opToRecord({ ...head, kind, fields });
    return opToRecord({ ...head, kind: 'create', fields, restart: kind === 'restart' });
  });

export const changes: fc.Arbitrary<readonly BaseChange[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('merge' as const), key: keys, delta: deltas }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), key: keys }) },
  ),
  { minLength: 1, maxLength: 12 },
);
