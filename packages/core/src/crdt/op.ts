import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import type { OpTransaction } from './transaction.js';

/** CR-2: (replica, sequence). The sequence grows by one per replica, from 1, and is never issued twice. */
export interface OpId {
  readonly replica: ReplicaId;
  readonly seq: number;
}

/** One field's new value; `undefined` unsets the field. A record that is no plain object lives in field `''`. An op names a field once. */
export interface FieldWrite {
  readonly name: string;
  readonly value: Value | undefined;
}

interface OpBase extends OpId {
  /** CR-1: every op has its own; its replica part is the op's replica. */
  readonly stamp: Stamp;
  readonly map: string;
  readonly key: string;
  /** CR-12: what it is a part of. Absent from nearly all ops. */
  readonly transaction?: OpTransaction;
}

/** What a create or patch says of the record's end; absent: nothing. */
interface WritesExpiry {
  /** CR-9: in ms since 1970, by the server's clock; `null`: it has none. Moves along when the stamp is corrected (CR-11). */
  readonly expiresAt?: number | null;
}

/** Makes the record exist. `restart`: the author held the removal, so the floor rises to this op's stamp (CR-3). */
export interface CreateOp extends OpBase, WritesExpiry {
  readonly kind: 'create';
  readonly fields: readonly FieldWrite[];
  readonly restart: boolean;
}

/** Writes fields of a record that exists; the server refuses it on one that never did (`record-absent`). */
export interface PatchOp extends OpBase, WritesExpiry {
  readonly kind: 'patch';
  readonly fields: readonly FieldWrite[];
}

/** Removes the record and everything of its life before the stamp (CR-3, CR-5). */
export interface RemoveOp extends OpBase {
  readonly kind: 'remove';
}

/** What changes a record. */
export type RecordOp = CreateOp | PatchOp | RemoveOp;

/** CR-6: puts a value into the set, under the op's stamp as its tag. */
export interface AddOp extends OpBase {
  readonly kind: 'add';
  readonly value: Value;
  /** The tags of the value that other replicas gave and the author saw: this one takes their place. */
  readonly tags: readonly Stamp[];
}

/** CR-6: takes the tags of a value away that the author saw. A tag it did not see stays, and the value with it. */
export interface DiscardOp extends OpBase {
  readonly kind: 'discard';
  readonly value: Value;
  readonly tags: readonly Stamp[];
}

/** CR-7: a signed delta. Whoever advances the counter applies it once (PI-11). Its key may be empty. */
export interface CountOp extends OpBase {
  readonly kind: 'count';
  /** A safe integer, not 0. */
  readonly delta: number;
}

/** One immutable, timestamped change: the only thing ever written. */
export type Op = RecordOp | AddOp | DiscardOp | CountOp;

/** CR-9: from the op's own stamp on; `null`: for ever; absent: as it is. */
interface WritesTtl {
  readonly ttlMs?: number | null;
}

/** An op before its identity is known: what a write plan (CR-4) says shall change. */
export type OpBody =
  | (Pick<CreateOp, 'kind' | 'fields' | 'restart'> & WritesTtl)
  | (Pick<PatchOp, 'kind' | 'fields'> & WritesTtl)
  | Pick<RemoveOp, 'kind'>
  | Pick<AddOp, 'kind' | 'value' | 'tags'>
  | Pick<DiscardOp, 'kind' | 'value' | 'tags'>
  | Pick<CountOp, 'kind' | 'delta'>;
