import type { LwwRecord, Op } from '../crdt/index.js';
import type { SchemaDefinition } from './define-schema.js';
import { migrateOp } from './migrate-op.js';
import { migrateRecord } from './migrate-record.js';

/** Brings records and ops of earlier versions up to the schema's. What cannot be is left as it is. */
export interface SchemaUpgrade {
  record(map: string, record: LwwRecord): LwwRecord;
  op(op: Op): Op;
}

/** `null`: no map has had a version before, and there is nothing to do. */
export function schemaUpgrade(schema: SchemaDefinition): SchemaUpgrade | null {
  if (![...schema.maps.values()].some(({ version }) => version > 1)) return null;
  /** They do not change, and neither does what becomes of them. */
  const left = new WeakSet<LwwRecord>();
  return {
    record(map, record) {
      const ofMap = schema.of(map);
      if (ofMap === undefined || ofMap.version === 1 || left.has(record)) return record;
      const migrated = migrateRecord(ofMap, record);
      left.add(migrated);
      return migrated;
    },
    op(op) {
      const ofMap = schema.of(op.map);
      const migrated = ofMap === undefined ? null : migrateOp(ofMap, op);
      return migrated?.ok === true ? migrated.value : op;
    },
  };
}
