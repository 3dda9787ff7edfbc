import * as fc from 'fast-check';
import { sameValue, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { key, record } from '../query.arbitrary.js';
import type { Query } from '../query.js';
import { applySteps, type ViewDiff } from '../view-diff.js';
import type { View } from './create-view.js';

/** One write: a new record, a removal, or the record as it is handed in again. */
export type Write =
  | { readonly key: string; readonly after: Value | undefined }
  | { readonly key: string; readonly again: true };

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ key, after: record }) },
  { weight: 3, arbitrary: key.map((name) => ({ key: name, after: undefined })) },
  { weight: 1, arbitrary: key.map((name) => ({ key: name, again: true as const })) },
);

/** Batches of writes, many of one alone, some empty; a batch may write a key more than once. */
export const batches: fc.Arbitrary<Write[][]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: write.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(write, { maxLength: 12 }) },
  ),
  { maxLength: 25 },
);

/** What a view's rows must be, from scratch. */
export interface Definition {
  /** The rows in order, and all that match beyond the limit. */
  answer(records: readonly Entry[]): { readonly rows: readonly Entry[]; readonly matching: number };
  /** Rows are the records themselves, so the values are the very ones that were fed. Otherwise they are equal to the definition's. */
  readonly isOfRecords: boolean;
}

/** The definition of a query over one map, whose rows are its records. */
export const definitionOf = (query: Query): Definition => ({
  answer: (records) => ({
    rows: evaluate(query, records),
    matching: evaluate({ ...query, limit: null }, records).length,
  }),
  isOfRecords: true,
});

/**
 * Feeds a view batch by batch and holds it against its definition and against everything `View` and `ViewDiff` promise.
 * Says what is wrong first, in words; `null` when nothing is.
 */
export function findFault(
  view: View,
  definition: Definition,
  start: readonly Entry[],
  script: readonly Write[][],
): string | null {
  const records = new Map<string, Value>(start.map((entry) => [entry.key, entry.value]));
  const present = (): Entry[] => [...records].map(([name, value]) => ({ key: name, value }));
  view.load(start);
  const fault = findStateFault(view, definition, present());
  if (fault !== null) return `load: ${fault}`;
  for (const [step, batch] of script.entries()) {
    const changes = writeAll(batch, records);
    const earlier = view.rows();
    const diff = view.apply(changes);
    const written = definition.isOfRecords ? new Set(changes.map((change) => change.key)) : null;
    const broken = findStateFault(view, definition, present()) ?? findDiffFault(diff, earlier, view.rows(), written);
    if (broken !== null) return `batch ${step}: ${broken}`;
  }
  return null;
}

/** Writes a batch into the records and says what changed, each write by itself. */
export function writeAll(batch: readonly Write[], records: Map<string, Value>): Change[] {
  return batch.map((one) => {
    const before = records.get(one.key);
    const after = 'again' in one ? before : one.after;
    if (after === undefined) records.delete(one.key);
    else records.set(one.key, after);
    return { key: one.key, before, after };
  });
}

/** What of a view's state is not as its definition says. */
export function findStateFault(
  view: Omit<View, 'load' | 'apply'>,
  { answer, isOfRecords }: Definition,
  records: readonly Entry[],
): string | null {
  const { rows: expected, matching } = answer(records);
  const isRight = (a: Value, b: Value): boolean => (isOfRecords ? a === b : sameValue(a, b));
  const rows = view.rows();
  if (rows.length !== expected.length) return `${rows.length} rows instead of ${expected.length}`;
  for (const [index, { key: name, value }] of expected.entries()) {
    if (rows[index]?.key !== name || !isRight(rows[index].value, value)) return `another row at ${index}`;
    if (view.indexOf(name) !== index) return `wrong indexOf(${JSON.stringify(name)})`;
  }
  if (view.rows() !== rows) return 'rows made anew though nothing changed';
  if (view.size !== expected.length) return 'wrong size';
  if (view.totalMatching !== matching) return 'wrong totalMatching';
  const shown = new Set(expected.map((row) => row.key));
  for (const name of [...records.map((record) => record.key), 'nobody']) {
    if (view.has(name) !== shown.has(name)) return `wrong has(${JSON.stringify(name)})`;
    if (!shown.has(name) && view.indexOf(name) !== -1) return `wrong indexOf(${JSON.stringify(name)})`;
  }
  for (const name of shown) if (!view.holds(name)) return `wrong holds(${JSON.stringify(name)})`;
  if (isOfRecords && records.filter((record) => view.holds(record.key)).length !== matching) return 'wrong holds';
  return null;
}

/** What of a diff is not as promised; `written`: the keys that alone may be updated, when that is known. */
export function findDiffFault(
  { changed, steps }: ViewDiff,
  earlier: readonly Entry[],
  rows: readonly Entry[],
  written: ReadonlySet<string> | null,
): string | null {
  const isSame = earlier.length === rows.length && earlier.every((row, i) => row === rows[i]);
  if (changed === isSame) return changed ? 'changed, but to the same rows' : 'other rows, but not changed';
  if (changed !== steps.length > 0) return 'changed does not say whether there are steps';
  if (!changed && rows !== earlier) return 'rows made anew though nothing changed';
  const earlierByKey = new Map(earlier.map((row) => [row.key, row]));
  const rowsByKey = new Map(rows.map((row) => [row.key, row]));
  for (const row of rows) {
    const before = earlierByKey.get(row.key);
    if (
      before !== undefined &&
      before !== row &&
      sameValue(before.value, row.value) &&
      (written === null || before.value === row.value)
    )
      return 'an unchanged row is another entry';
  }
  const seen = new Set<string>();
  let last = -1;
  for (const step of steps) {
    if (seen.has(step.key)) return 'two steps for one key';
    seen.add(step.key);
    const before = earlierByKey.get(step.key);
    const after = rowsByKey.get(step.key);
    if ((step.type === 'enter') !== (before === undefined))
      return `${step.type} of a row that was ${before ? '' : 'not '}shown`;
    if (step.type === 'leave') {
      if (last !== -1) return 'a row leaves after another entered';
      if (after !== undefined) return 'a row that is shown leaves';
      continue;
    }
    if (step.entry !== after || rows[step.index] !== after) return `${step.type} does not name the row at its index`;
    if (step.index <= last) return 'indexes do not ascend';
    if (step.type === 'update' && written !== null && !written.has(step.key))
      return 'a row that merely shifted is updated';
    last = step.index;
  }
  const replayed = applySteps(earlier, steps);
  if (replayed.length !== rows.length || replayed.some((row, i) => row !== rows[i]))
    return 'the steps replay to other rows';
  return null;
}
