import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkValue, err, pathText, type Result, type Value } from '../primitives/index.js';
import { asyncValidator } from './bad-schema.js';
import type { SchemaIssue } from './schema-types.js';

/** Issues of one value that are told, and how long what one of them says may be. */
const MAX_ISSUES = 8;
const MAX_REASON = 256;

/**
 * What a validator makes of a value, or what is wrong with that. The validator is somebody else's code: it is given a copy, what it makes is copied, and when
 * it throws or makes what cannot be stored that is an issue of the value.
 *
 * @throws TopGunError `async-validator` where it answers by a promise
 */
export function validateValue(validator: StandardSchemaV1, value: Value): Result<Value, readonly SchemaIssue[]> {
  let result: StandardSchemaV1.Result<unknown> | PromiseLike<unknown>;
  try {
    result = validator['~standard'].validate(copyOf(value));
  } catch (error) {
    return whole(`the validator failed: ${textOf(error)}`);
  }
  if (typeof result !== 'object' || result === null) return whole('the validator gave no answer');
  if (isThenable(result)) {
    // What becomes of it is nobody's business any more.
    result.then(undefined, () => {});
    throw asyncValidator();
  }
  const { issues } = result;
  if (issues !== undefined && issues !== null) return err(issuesOf(issues));
  const made = checkValue((result as { readonly value?: unknown }).value);
  return made.ok ? made : whole(`the validator makes of it what cannot be stored: ${made.error.message}`);
}

/** A value is one of those that can be copied. */
function copyOf(value: Value): Value {
  const copy = checkValue(value);
  return copy.ok ? copy.value : value;
}

const isThenable = (result: object): result is PromiseLike<unknown> =>
  typeof (result as { readonly then?: unknown }).then === 'function';

const whole = (reason: string): Result<never, readonly SchemaIssue[]> =>
  err([{ field: null, path: '$', reason: cut(reason) }]);

function issuesOf(issues: readonly StandardSchemaV1.Issue[]): readonly SchemaIssue[] {
  const told = Array.from(issues)
    .slice(0, MAX_ISSUES)
    .map(({ message, path }) => issueAt(stepsOf(path), message));
  // Whoever says that something is wrong without saying what.
  return told.length === 0 ? [{ field: null, path: '$', reason: 'the validator does not say why' }] : told;
}

/** An issue at the end of these steps from the record. */
export function issueAt(steps: readonly (string | number)[], reason: unknown): SchemaIssue {
  const [field] = steps;
  return { field: field === undefined ? null : String(field), path: pathText(steps), reason: cut(String(reason)) };
}

function stepsOf(path: StandardSchemaV1.Issue['path']): (string | number)[] {
  return Array.from(path ?? [], (step) => {
    const key = typeof step === 'object' && step !== null ? step.key : step;
    return typeof key === 'number' ? key : String(key);
  });
}

const cut = (text: string): string => (text.length <= MAX_REASON ? text : `${text.slice(0, MAX_REASON)}…`);

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'what it threw cannot be shown';
  }
}
