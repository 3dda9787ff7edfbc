import { encodeStamp, type ReplicaId, type Stamp, stampMillis } from '@topgun/core/clock';
import { canonicalRecord, opToWire, typeOfOp, type Op } from '@topgun/core/crdt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryDisk, type MemoryDisk } from '../../drivers/memory-disk.js';
import { createMemoryLedger } from '../../drivers/memory-ledger.js';
import { claimLedger } from '../coordination/ledger-ownership.js';
import { readFacts, type SnapshotBytes } from '../layout/snapshot-layout.js';
import { loadSteps } from '../loading/load-steps.js';
import { encodeSegment } from '../persistence/segment-codec.js';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';
import { forgetDue } from '../retention/forget-due.js';
import { MarkQueue } from '../retention/mark-queue.js';
import { capturePartition } from './capture-partition.js';
import { GridState } from './grid-state.js';
import { Overlay } from './overlay.js';
import { replayLedger, type Tails } from './replay-ledger.js';
import { replaySegment } from './replay-segment.js';

const PARTITION = 7;

/** What a commit may do. All maps are in one partition here: which one, nothing looks at. */
const act = fc.record({
  kind: fc.constantFrom('create', 'ending', 'patch', 'unset', 'remove', 'add', 'discard', 'count', 'refused', 'forget'),
  key: fc.constantFrom('a', 'b', 'ключ', '\u{10000}'),
  field: fc.constantFrom('done', 'text', ''),
  value: fc.oneof(fc.integer(), fc.string({ maxLength: 4 }), fc.constant(null), fc.constant([1, { deep: 'x' }])),
  replica: fc.constantFrom('r.0', 'other'),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** One segment for each, in the ledger of a disk. */
class Author {
  readonly disk: MemoryDisk = createMemoryDisk('here');
  readonly #state = new GridState();
  readonly #marks = new MarkQueue();
  readonly #tags: Stamp[] = [];
  readonly #issued = new Map<string, number>();
  #millis = 1_000;

  write({ kind, ...what }: Act): void {
    const position = this.disk.segments.length + 1;
    const overlay = new Overlay(this.#state);
    const entries = kind === 'forget' ? this.#forget(overlay) : [this.#entry(kind, what, overlay)];
    if (entries.length === 0) return;
    const bytes = encodeSegment({ lineage: 'here', entries });
    this.disk.segments.push({ position, epoch: 0, bytes });
    const taken = entries.flatMap(({ ops }) => ops).filter(([, verdict]) => verdict === APPLIED);
    const writtenMs = Math.max(0, ...taken.map(([wire]) => stampMillis(wire[1] as Stamp)));
    this.#marks.note(overlay.applyTo(this.#state), position, writtenMs);
  }

  #forget(overlay: Overlay): readonly SegmentEntry[] {
    const due = this.#marks.due(Infinity, 3);
    this.#marks.drop(due.length);
    return forgetDue(due, overlay);
  }

  #entry(kind: Act['kind'], what: Omit<Act, 'kind'>, overlay: Overlay): SegmentEntry {
    const replica = what.replica as ReplicaId;
    const seq = (this.#issued.get(replica) ?? 0) + 1;
    this.#issued.set(replica, seq);
    const op = this.#op(kind, what, { replica, seq });
    const holds = overlay.mapType(op.map);
    const isRefused = kind === 'refused' || (holds !== undefined && holds !== typeOfOp(op));
    const entry: SegmentEntry = {
      partition: PARTITION,
      replica,
      ops: [[opToWire(op), isRefused ? ['record-absent', `There is no ${what.key}.`] : APPLIED]],
    };
    expect(replaySegment({ entries: [entry] }, overlay)).toEqual({ ok: true, value: undefined });
    return entry;
  }

  #op(kind: Act['kind'], { key, field, value }: Omit<Act, 'kind'>, id: Pick<Op, 'replica' | 'seq'>): Op {
    const stamp = encodeStamp({ millis: (this.#millis += 1), counter: 0, replica: id.replica });
    const place = { ...id, stamp, key };
    switch (kind) {
      case 'add':
        this.#tags.push(stamp);
        return { ...place, map: 'sets', kind, value, tags: [] };
      case 'discard':
        return { ...place, map: 'sets', kind, value, tags: [this.#tags.shift() ?? stamp] };
      case 'count':
        return { ...place, map: 'counters', kind, delta: (this.#millis % 7) + 1 };
      case 'remove':
        return { ...place, map: 'records', kind };
      case 'unset':
        return { ...place, map: 'records', kind: 'patch', fields: [{ name: field, value: undefined }] };
      case 'patch':
        return { ...place, map: 'records', kind, fields: [{ name: field, value }] };
      default: {
        const end = kind === 'ending' ? { expiresAt: this.#millis * 10 } : {};
        return { ...place, map: 'records', kind: 'create', fields: [{ name: field, value }], restart: false, ...end };
      }
    }
  }
}

/** As a start does it. */
async function started(disk: MemoryDisk, snapshot: { readonly at: number; readonly bytes: SnapshotBytes } | null) {
  const state = new GridState();
  const marks = new MarkQueue();
  const tails: Tails = new Map();
  const facts = snapshot === null ? null : readFacts(snapshot.bytes.head);
  if (facts?.ok === false) throw new Error(facts.error.reason);
  if (facts !== null) {
    state.know(facts.value, facts.value.sections);
    marks.restore(PARTITION, facts.value.marks);
  }
  const restored =
    snapshot === null ? null : { through: 0, lineage: 'here', positions: new Map([[PARTITION, snapshot.at]]) };
  const ownership = await claimLedger(createMemoryLedger(disk));
  const replayed = await replayLedger(ownership, state, restored, tails, (changes, { position, writtenMs }) =>
    marks.note(changes, position, writtenMs),
  );
  if (!replayed.ok) throw new Error(replayed.error.message);
  if (facts !== null && snapshot !== null) {
    const steps = loadSteps({
      state,
      facts: facts.value,
      records: snapshot.bytes.records,
      tail: tails.get(PARTITION) ?? [],
      onTail: (changes, { position, writtenMs }) => marks.note(changes, position, writtenMs),
      onOpened: () => expect(state.isHot(PARTITION)).toBe(true),
    });
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      // PI-7: until the last step nobody sees anything of it.
      expect(state.isHot(PARTITION)).toBe(false);
    }
  }
  marks.order();
  return { state, marks };
}

const inOrder = <T>(entries: Iterable<readonly [string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

/** All that a state is, and that a start has to bring back. */
function described({ state, marks }: Awaited<ReturnType<typeof started>>): unknown {
  const maps = [...state.partition(PARTITION)].map(
    ([map, records]) => [map, inOrder(records).map(([key, record]) => [key, canonicalRecord(record)])] as const,
  );
  return {
    maps: inOrder(maps),
    sizes: inOrder(maps).map(([map]) => [map, state.size(map)]),
    ends: [...state.ends(PARTITION)].map((end) => JSON.stringify(end)).sort(),
    types: inOrder(state.mapTypes),
    progress: inOrder(state.progressOf(PARTITION)),
    marks: marks.of(PARTITION).map(({ map, key, stamp, field, position }) => [map, key, stamp, field, position]),
    forgottenThrough: state.forgottenThrough,
  };
}

function captured({ state, marks }: Awaited<ReturnType<typeof started>>, position: number): SnapshotBytes {
  const capture = capturePartition(state, { partition: PARTITION, position, lineage: 'here' }, marks.of(PARTITION));
  for (;;) {
    const bytes = capture.write();
    if (bytes !== null) return bytes;
  }
}

test('PI-7, PI-13: state → snapshot → state is the same state, and what the log has after it is merged as if it had all been read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), fc.nat(), async (acts, cut) => {
      const author = new Author();
      for (const each of acts) author.write(each);
      const whole = author.disk;
      const at = cut % (whole.segments.length + 1);
      const half = { ...createMemoryDisk('here'), segments: whole.segments.slice(0, at) };
      const before = await started(half, null);
      const bytes = captured(before, at);
      expect(described(await started(half, { at, bytes }))).toEqual(described(before));
      const [expected, found] = [await started(whole, null), await started(whole, { at, bytes })];
      expect(described(found)).toEqual(described(expected));
      // And once more, of a state that lies in bytes partly.
      const end = whole.segments.length;
      expect(captured(found, end)).toEqual(captured(expected, end));
    }),
    { numRuns: 150 },
  );
});

test('PI-13: one byte of a snapshot changed, wherever it is, is noticed', async () => {
  const author = new Author();
  const of = { field: 'text', value: 'x', replica: 'r.0' } as const;
  for (const kind of ['ending', 'add', 'count', 'refused', 'remove'] as const) author.write({ ...of, kind, key: 'a' });
  const bytes = captured(await started(author.disk, null), 5);
  for (const part of ['head', 'records'] as const) {
    for (let at = 0; at < bytes[part].length; at += 1) {
      const damaged = { ...bytes, [part]: bytes[part].slice() };
      damaged[part][at]! ^= 1 << (at % 8);
      expect(outcome(damaged)).toBe('refused');
    }
  }
  expect(outcome(bytes)).toBe('taken');
});

function outcome({ head, records }: SnapshotBytes): string {
  const facts = readFacts(head);
  if (!facts.ok) return 'refused';
  const state = new GridState();
  state.know(facts.value, facts.value.sections);
  const steps = loadSteps({ state, facts: facts.value, records, tail: [], onTail() {}, onOpened() {} });
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value.ok ? 'taken' : 'refused';
  }
}
