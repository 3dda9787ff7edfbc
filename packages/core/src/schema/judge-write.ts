import { isVisible, materialize, SCALAR_FIELD, VERSION_FIELD, type LwwRecord, type Op } from '../crdt/index.js';
import { isPlainObject, sameValue, setOwn, type Value } from '../primitives/index.js';
import { findIssues, lookAt } from './find-issues.js';
import type { MapSchema } from './map-schema.js';
import type { SchemaIssue } from './schema-types.js';

/** What is written to a record: what shows before and after (`undefined`: nothing), and which fields are named. */
export interface Written {
  readonly before: Value | undefined;
  readonly after: Value;
  readonly fields: readonly string[];
}

/**
 * What a write makes wrong: the issues of the record as it leaves it. Those that the record had before, of fields that the write does not name, are not its
 * doing: a record from before there was a schema can be edited, field by field, until it is right.
 */
export function judgeWrite(schema: MapSchema, { before, after, fields }: Written): readonly SchemaIssue[] {
  const { issues, areRefused } = lookAt(schema, after);
  if (issues.length === 0 || before === undefined) return issues;
  const earlier = findIssues(schema, before);
  return issues.filter((issue) => {
    if (issue.field !== null && fields.includes(issue.field)) return true;
    // What the validator would only have made otherwise was no better before: it may not have come to say so.
    const isAsBefore = !areRefused && issue.field !== null && isSameField(before, after, issue.field);
    return !isAsBefore && !earlier.some((was) => isSame(was, issue));
  });
}

function isSameField(before: Value, after: Value, field: string): boolean {
  if (!isPlainObject(before) || !isPlainObject(after)) return false;
  if (!Object.hasOwn(before, field) || !Object.hasOwn(after, field))
    return Object.hasOwn(before, field) === Object.hasOwn(after, field);
  return sameValue(before[field]!, after[field]!);
}

const isSame = (a: SchemaIssue, b: SchemaIssue): boolean => a.path === b.path && a.reason === b.reason;

/**
 * What an op makes wrong that makes `after` of `before`, judged by its effect. What does not show (an edit of a removed record) may show once somebody makes
 * the record again, so the fields that it names are judged in the record as it would be then.
 */
export function judgeOpEffect(
  schema: MapSchema,
  op: Op,
  before: LwwRecord | undefined,
  after: LwwRecord,
  shown: (record: LwwRecord) => Value | undefined = materialize,
): readonly SchemaIssue[] {
  switch (op.kind) {
    case 'discard':
      return [];
    case 'remove':
      // One that comes too late to end the record drops what was written before it, which the rest may need.
      return after === before || !isVisible(after) ? [] : judgeShown(schema, before, after, [], shown);
    case 'add':
      return findIssues(schema, op.value);
    case 'count':
      return findIssues(schema, shown(after) ?? 0);
    case 'create':
    case 'patch': {
      if (after === before) return [];
      const fields = op.fields.map(({ name }) => name);
      if (!isVisible(after)) return hiddenIssues(schema, after, fields);
      return judgeShown(schema, before, after, fields, shown);
    }
  }
}

function judgeShown(
  schema: MapSchema,
  before: LwwRecord | undefined,
  after: LwwRecord,
  fields: readonly string[],
  shown: (record: LwwRecord) => Value | undefined,
): readonly SchemaIssue[] {
  const was = before !== undefined && isVisible(before) ? shown(before) : undefined;
  return judgeWrite(schema, { before: was, after: shown(after) ?? null, fields });
}

function hiddenIssues(schema: MapSchema, { fields }: LwwRecord, named: readonly string[]): readonly SchemaIssue[] {
  const written = named.filter((name) => name !== VERSION_FIELD && fields.get(name)?.value !== undefined);
  if (written.length === 0) return [];
  const scalar = written.includes(SCALAR_FIELD) ? fields.get(SCALAR_FIELD)?.value : undefined;
  if (scalar !== undefined) return findIssues(schema, scalar);
  const record: Record<string, Value> = {};
  for (const [name, { value }] of fields) {
    if (value !== undefined && name !== VERSION_FIELD && name !== SCALAR_FIELD) setOwn(record, name, value);
  }
  return findIssues(schema, record).filter(({ field }) => field !== null && written.includes(field));
}
