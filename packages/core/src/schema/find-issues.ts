import { isPlainObject, sameValue, type Value } from '../primitives/index.js';
import type { MapSchema } from './map-schema.js';
import type { SchemaIssue } from './schema-types.js';
import { issueAt, validateValue } from './validate-value.js';

const NONE: readonly SchemaIssue[] = [];

/**
 * What keeps a value from being one that the schema would store: what its validator says, and wherever the validator would make something else of it. So a
 * record that has no issues has the fields which a default would have given it, none that would have been left out, and the type that the schema says.
 */
export function findIssues(schema: MapSchema, value: Value): readonly SchemaIssue[] {
  return lookAt(schema, value).issues;
}

/** What is found at a look. `areRefused`: by the validator; else it takes the value, and would make another of it. */
export interface Look {
  readonly issues: readonly SchemaIssue[];
  readonly areRefused: boolean;
}

export function lookAt({ validator, unknown }: MapSchema, value: Value): Look {
  if (validator === null) return { issues: NONE, areRefused: false };
  const made = validateValue(validator, value);
  if (!made.ok) return { issues: made.error, areRefused: true };
  const issues = sameValue(made.value, value) ? NONE : differences(value, made.value, unknown === 'keep');
  return { issues, areRefused: false };
}

function differences(value: Value, made: Value, keepsUnknown: boolean): readonly SchemaIssue[] {
  if (!isPlainObject(value) || !isPlainObject(made)) return [issueAt([], 'is stored as something else by the schema')];
  const issues: SchemaIssue[] = [];
  for (const [field, is] of Object.entries(value)) {
    if (!Object.hasOwn(made, field)) {
      if (!keepsUnknown) issues.push(issueAt([field], 'is no field of this schema'));
    } else if (!sameValue(made[field]!, is)) issues.push(issueAt([field], 'is stored as something else by the schema'));
  }
  for (const field of Object.keys(made)) {
    if (!Object.hasOwn(value, field)) issues.push(issueAt([field], 'is missing, and its default was not written'));
  }
  return issues;
}
