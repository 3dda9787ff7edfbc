import { SCALAR_FIELD, type FieldWrite, type OpBody } from '../crdt/index.js';
import {
  err,
  isPlainObject,
  ok,
  sameValue,
  setOwn,
  type PlainObject,
  type Result,
  type Value,
} from '../primitives/index.js';
import { findIssues } from './find-issues.js';
import { judgeWrite } from './judge-write.js';
import type { MapSchema } from './map-schema.js';
import type { SchemaIssue } from './schema-types.js';
import { issueAt, validateValue } from './validate-value.js';

type Body = OpBody & { readonly kind: 'create' | 'patch' };
type Completed<T> = Result<T, readonly SchemaIssue[]>;

/**
 * A write as the schema has it stored: what its author writes is what the validator makes of it. A create gets the fields that have defaults; of fields that an
 * edit names those that the schema does not know are left out, as `unknown` says, and one that is unset gets its default. What an edit does not name it
 * leaves alone: somebody else may be writing it. `null`: nothing is left to write.
 *
 * @param shown what shows of the record; `undefined`: nothing does
 * @throws TopGunError `async-validator`
 */
export function completeWrite(schema: MapSchema, shown: Value | undefined, body: OpBody): Completed<OpBody | null> {
  switch (body.kind) {
    case 'remove':
    case 'discard':
      return ok(body);
    case 'add':
      return judged(body, findIssues(schema, body.value));
    case 'count':
      return judged(body, findIssues(schema, (typeof shown === 'number' ? shown : 0) + body.delta));
    case 'create':
      return completeFields(schema, undefined, body);
    case 'patch':
      return body.fields.length === 0 ? ok(body) : completeFields(schema, shown, body);
  }
}

/** A value of a set as the schema has it stored. */
export function completeValue(schema: MapSchema, value: Value): Completed<Value> {
  if (schema.validator === null) return ok(value);
  const made = validateValue(schema.validator, value);
  return made.ok ? judged(made.value, findIssues(schema, made.value)) : made;
}

function completeFields(schema: MapSchema, before: Value | undefined, body: Body): Completed<OpBody | null> {
  if (schema.validator === null) return ok(body);
  const after = withFields(before, body.fields);
  const made = validateValue(schema.validator, after);
  if (!made.ok) return judged(body, judgeWrite(schema, { before, after, fields: body.fields.map(({ name }) => name) }));
  if (sameValue(made.value, after)) return ok(body);
  const fields = fieldsToWrite(schema, body, after, made.value);
  if (!fields.ok) return fields;
  // What it has made itself has to be right, and stay as it is. What it has left out is as it was.
  const judgement = judgeWrite(schema, {
    before,
    after: withFields(before, fields.value),
    fields: fields.value.map(({ name }) => name),
  });
  if (judgement.length > 0) return err(judgement);
  const isNothing = body.kind === 'patch' && fields.value.length === 0 && body.ttlMs === undefined;
  return ok(isNothing ? null : { ...body, fields: fields.value });
}

function fieldsToWrite(
  { unknown }: MapSchema,
  { kind, fields }: Body,
  after: Value,
  made: Value,
): Completed<readonly FieldWrite[]> {
  if (!isPlainObject(made) || !isPlainObject(after)) {
    if (isPlainObject(made) || isPlainObject(after))
      return err([issueAt([], 'the schema makes something else than a record of it')]);
    return ok([{ name: SCALAR_FIELD, value: made }]);
  }
  const written: FieldWrite[] = [];
  for (const field of fields) {
    const { name, value } = field;
    if (Object.hasOwn(made, name)) written.push({ name, value: made[name]! });
    else if (value === undefined || unknown === 'keep') written.push(field);
    else if (unknown === 'refuse') return err([issueAt([name], 'is no field of this schema')]);
    // Else it is left out. A record that has it already is a newer client's, most likely: what that wrote is not to be changed by who does not know it.
  }
  if (kind === 'create') {
    for (const [name, value] of Object.entries(made)) {
      if (!Object.hasOwn(after, name)) written.push({ name, value });
    }
  }
  return ok(written);
}

/** What a record shows after these fields are written to it: all of them are later than what it has. */
function withFields(before: Value | undefined, fields: readonly FieldWrite[]): Value {
  const scalar = fields.find(({ name, value }) => name === SCALAR_FIELD && value !== undefined);
  if (scalar?.value !== undefined) return scalar.value;
  const after: Record<string, Value> = isPlainObject(before) ? copyOf(before) : {};
  for (const { name, value } of fields) {
    if (value === undefined) delete after[name];
    else setOwn(after, name, value);
  }
  return after;
}

function copyOf(object: PlainObject): Record<string, Value> {
  const copy: Record<string, Value> = {};
  for (const [name, value] of Object.entries(object)) setOwn(copy, name, value);
  return copy;
}

const judged = <T>(value: T, issues: readonly SchemaIssue[]): Completed<T> =>
  issues.length === 0 ? ok(value) : err(issues);
