import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { RecordChange } from './filter.js';
import type { RowChange } from './operator.js';
import { entries, findCounterexample, key, record } from '../query.arbitrary.js';

/** An operator at the end of whatever brings it its input. */
export interface OperatorSubject {
  load(rows: readonly Entry[]): readonly Entry[];
  /** Everything the operator emits for this change of a record, in order. */
  push(change: RecordChange): readonly RowChange[];
}

/** The operator's definition, from scratch, over the present records. */
export type OperatorDefinition = (records: readonly Entry[]) => readonly Entry[];

/** Whether two values are the same row: the very record, or for an operator that makes its rows, what says the same. */
export type SameRow = (a: Value | undefined, b: Value | undefined) => boolean;

const isSameRecord: SameRow = (a, b) => a === b;

/** For operators whose rows are not the records themselves. */
export const saysTheSame: SameRow = (a, b) => a === b || (a !== undefined && b !== undefined && sameValue(a, b));

/** What breaks the contract of `Operator`, in words; `null` when nothing does. */
export function findBreach(
  subject: OperatorSubject,
  definition: OperatorDefinition,
  start: readonly Entry[],
  changes: readonly RecordChange[],
  isSame: SameRow = isSameRecord,
): string | null {
  const records = new Map<string, Value>();
  for (const { key: name, value } of start) records.set(name, value);
  const output = new Map<string, Entry>();
  for (const entry of subject.load(start)) output.set(entry.key, entry);
  const present = (): Entry[] => [...records].map(([name, value]) => ({ key: name, value }));
  const differs = (): boolean => {
    const expected = definition(present());
    return (
      expected.length !== output.size || expected.some((entry) => !isSame(output.get(entry.key)?.value, entry.value))
    );
  };
  if (differs()) return 'load: the output is not the definition’s';
  for (const [step, change] of changes.entries()) {
    if (change.after === undefined) records.delete(change.key);
    else records.set(change.key, change.after);
    for (const { before, after } of subject.push(change)) {
      const name = (before ?? after)?.key;
      if (name === undefined) return `step ${step}: neither before nor after`;
      if (before !== undefined && after !== undefined && before.key !== after.key) return `step ${step}: two keys`;
      if (output.get(name) !== before) return `step ${step}: before is not what was emitted last`;
      if (isSame(before?.value, after?.value)) return `step ${step}: an unchanged row was emitted`;
      if (after === undefined) output.delete(name);
      else output.set(name, after);
    }
    if (differs()) return `step ${step}: the output is not the definition’s`;
  }
  return null;
}

export type Script = readonly (RecordChange | { readonly key: string; readonly again: true })[];

export const script: fc.Arbitrary<Script> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ key, after: record }) },
    { weight: 3, arbitrary: key.map((name) => ({ key: name, after: undefined })) },
    { weight: 1, arbitrary: key.map((name) => ({ key: name, again: true as const })) },
  ),
  { maxLength: 40 },
);

/** `again` hands in the very object the record is; each other change is an object of its own. */
export function changesOf(start: readonly Entry[], steps: Script): RecordChange[] {
  const now = new Map<string, Value | undefined>(start.map((entry) => [entry.key, entry.value]));
  return steps.map((step) => {
    const after = 'again' in step ? now.get(step.key) : step.after;
    now.set(step.key, after);
    return { key: step.key, after };
  });
}

/** The shortest script found that makes the operator break its contract, as a report; `null` when none does. */
export function searchBreach(
  create: () => OperatorSubject,
  definition: OperatorDefinition,
  numRuns: number,
  seed?: number,
  isSame?: SameRow,
): string | null {
  const property = fc.property(entries, script, (start, steps) => {
    const breach = findBreach(create(), definition, start, changesOf(start, steps), isSame);
    if (breach !== null) throw new Error(breach);
  });
  return findCounterexample(property, numRuns, seed);
}

/** The suite every operator passes. */
export function operatorContract(
  name: string,
  create: () => OperatorSubject,
  definition: OperatorDefinition,
  isSame?: SameRow,
): void {
  describe(`the contract of ${name}`, () => {
    test('CL-3: after every change the output is the definition’s, and identity is kept', () => {
      expect(searchBreach(create, definition, 300, undefined, isSame)).toBeNull();
    });

    test('load starts over', () => {
      fc.assert(
        fc.property(entries, entries, script, (first, second, steps) => {
          const subject = create();
          subject.load(first);
          expect(findBreach(subject, definition, second, changesOf(second, steps), isSame)).toBeNull();
        }),
        { numRuns: 100 },
      );
    });
  });
}
