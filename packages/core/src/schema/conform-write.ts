import type { OpBody } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { completeValue, completeWrite } from './complete-write.js';
import type { SchemaDefinition } from './define-schema.js';
import { SchemaError } from './schema-error.js';
import { markFields } from './version-of.js';

/**
 * SC-3: a write as the schema has it stored; `null`: nothing is left of it. `shown`: what shows of the record.
 *
 * @throws SchemaError where the schema refuses it; TopGunError `async-validator`
 */
export function conformWrite(
  schema: SchemaDefinition | null,
  map: string,
  key: string,
  shown: Value | undefined,
  body: OpBody | null,
): OpBody | null {
  const ofMap = body === null ? undefined : schema?.of(map);
  if (ofMap === undefined || body === null) return body;
  const isRecord = body.kind === 'create' || body.kind === 'patch';
  const completed = completeWrite(ofMap, shown, isRecord ? { ...body, fields: markFields(body.fields, 1) } : body);
  if (!completed.ok) throw new SchemaError(map, key, completed.error);
  const conformed = completed.value;
  if (conformed?.kind !== 'create' && conformed?.kind !== 'patch') return conformed;
  // SC-10: whoever gets it, under another version, knows of which this was.
  const isEmpty = conformed.kind === 'patch' && conformed.fields.length === 0;
  return isEmpty ? conformed : { ...conformed, fields: markFields(conformed.fields, ofMap.version) };
}

/** SC-3: a value of a set as the schema has it stored. @throws as {@link conformWrite} */
export function conformValue(schema: SchemaDefinition | null, map: string, key: string, value: Value): Value {
  const ofMap = schema?.of(map);
  if (ofMap === undefined) return value;
  const completed = completeValue(ofMap, value);
  if (!completed.ok) throw new SchemaError(map, key, completed.error);
  return completed.value;
}
