import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Value } from '../primitives/index.js';

/**
 * What becomes of a field of a record that the validator does not keep: `strip` leaves it out of what is written here, `refuse` refuses the write, `keep`
 * writes it. What the validator itself objects to is refused in any case.
 */
export type UnknownFields = 'strip' | 'refuse' | 'keep';

/**
 * Makes a record of the version before into one of this version. Pure: the same for every device and on every day. It is given records, and parts of
 * records where somebody changes some fields alone: any field may be missing.
 */
export type Migration = (record: { readonly [field: string]: Value | undefined }) => {
  readonly [field: string]: Value | undefined;
};

/** A map of records, with more to say than a validator. */
export interface RecordSchemaInput<V extends StandardSchemaV1 = StandardSchemaV1> {
  readonly type?: 'record';
  /** Of a whole record. */
  readonly value: V;
  /** Default `strip`. */
  readonly unknown?: UnknownFields;
  /** A whole number from 1, which is the default. */
  readonly version?: number;
  /** For each version from 2 on, what makes a record of it out of one of the version before. */
  readonly migrate?: { readonly [version: number]: Migration };
}

/** A map of sets: the validator is of each of their values. */
export interface SetSchemaInput<V extends StandardSchemaV1 = StandardSchemaV1> {
  readonly type: 'set';
  readonly value: V;
}

/** A map of counters: the validator, if there is one, is of what they come to. */
export interface CounterSchemaInput {
  readonly type: 'counter';
  readonly value?: StandardSchemaV1<number>;
}

/** What one map holds: of a map of records a validator alone says enough. */
export type MapSchemaInput = StandardSchemaV1 | RecordSchemaInput | SetSchemaInput | CounterSchemaInput;

/** The maps of an app by name. */
export interface SchemaInput {
  readonly [map: string]: MapSchemaInput;
}

type ValidatorOf<D> = D extends StandardSchemaV1 ? D : D extends { readonly value: infer V } ? V : undefined;

/** What a map of that definition gives to read. */
export type StoredOf<D> =
  ValidatorOf<D> extends infer V extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<V> : number;

/** What it takes to be written: fields that have a default may be left out. */
export type WrittenOf<D> =
  ValidatorOf<D> extends infer V extends StandardSchemaV1 ? StandardSchemaV1.InferInput<V> : number;

/** The types of the records of a schema, by map. */
export type RecordsOf<I extends SchemaInput> = { -readonly [K in keyof I]: StoredOf<I[K]> };

/** The types of what a schema takes to be written, by map. */
export type WritesOf<I extends SchemaInput> = { -readonly [K in keyof I]: WrittenOf<I[K]> };

/** What is wrong with a record. */
export interface SchemaIssue {
  /** The field; `null`: the record as a whole. */
  readonly field: string | null;
  /** The place, such as `$.tags[3]`. */
  readonly path: string;
  /** For people. */
  readonly reason: string;
}
