export type { StandardSchemaV1 } from '@standard-schema/spec';
export { completeValue, completeWrite } from './complete-write.js';
export { conformValue, conformWrite } from './conform-write.js';
export { defineSchema, type SchemaDefinition } from './define-schema.js';
export { findIssues } from './find-issues.js';
export { hasField } from './has-field.js';
export { judgeOpEffect, judgeWrite } from './judge-write.js';
export { migrateOp } from './migrate-op.js';
export { migrateRecord } from './migrate-record.js';
export type { MapSchema } from './map-schema.js';
export { SchemaError, schemaViolationText } from './schema-error.js';
export { schemaUpgrade, type SchemaUpgrade } from './schema-upgrade.js';
export type {
  CounterSchemaInput,
  MapSchemaInput,
  Migration,
  RecordSchemaInput,
  RecordsOf,
  SchemaInput,
  SchemaIssue,
  SetSchemaInput,
  UnknownFields,
  WritesOf,
} from './schema-types.js';
export { markFields, opVersion, recordVersion } from './version-of.js';
export { validateValue } from './validate-value.js';
