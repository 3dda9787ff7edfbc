import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { MapType } from '../crdt/index.js';
import type { Migration, UnknownFields } from './schema-types.js';

/** What {@link defineSchema} makes of what is said of one map. */
export interface MapSchema {
  readonly type: MapType;
  /** `null`: any value will do. Of a counter alone. */
  readonly validator: StandardSchemaV1 | null;
  readonly unknown: UnknownFields;
  readonly version: number;
  /** At `i`: from version `i + 1` to `i + 2`. */
  readonly migrations: readonly Migration[];
}
