import {
  transactionIdText,
  ttlOf,
  VERSION_FIELD,
  type CreateOp,
  type Op,
  type OpId,
  type PatchOp,
} from '../../crdt/index.js';
import { assertNever, setOwn, type Value } from '../../primitives/index.js';
import { opIdText } from '../storage/op-id.js';
import type { StoredRejection } from '../ports/storage.js';

/** CL-7: a write the server refused. It is durable until it is retried, edited or discarded. */
export interface Rejection {
  readonly id: string;
  readonly map: string;
  readonly key: string;
  /** Why, for programs. */
  readonly code: string;
  /** Why, for people. */
  readonly reason: string;
  /** What was tried: `set` and `patch` of these fields (or of this value), or `remove`. */
  readonly attempted: Attempt;
  /** Server time of the refusal, in ms since 1970. */
  readonly at: number;
  /** CR-12: the same for all parts of one transaction, which is retried and discarded as a whole. Absent for a single write. */
  readonly transaction?: string;
}

export type Attempt =
  | ({ readonly type: 'set'; readonly value: Value } & AttemptedTtl)
  /** Fields to set, and the names of those to unset. */
  | ({
      readonly type: 'patch';
      readonly fields: { readonly [name: string]: Value };
      readonly unset: readonly string[];
    } & AttemptedTtl)
  | { readonly type: 'remove' }
  /** Of a set (OR map): a value to put into it, or to take out. */
  | { readonly type: 'add' | 'discard'; readonly value: Value }
  /** Of a counter. */
  | { readonly type: 'count'; readonly delta: number };

interface AttemptedTtl {
  /** CR-9: the time to live that was set with it; `null`: cleared. Absent: left as it was. */
  readonly ttlMs?: number | null;
}

export function rejectionOf({ op, code, reason, at }: StoredRejection): Rejection {
  const { map, key } = op;
  const rejection = { id: opIdText(op satisfies OpId), map, key, code, reason, attempted: attemptOf(op), at };
  const transaction = transactionIdText(op);
  return transaction === undefined ? rejection : { ...rejection, transaction };
}

function attemptOf(op: Op): Attempt {
  switch (op.kind) {
    case 'remove':
      return { type: 'remove' };
    case 'add':
    case 'discard':
      return { type: op.kind, value: op.value };
    case 'count':
      return { type: 'count', delta: op.delta };
    case 'create':
    case 'patch':
      return attemptedFields(op);
    default:
      return assertNever(op);
  }
}

function attemptedFields(op: CreateOp | PatchOp): Attempt {
  const ttlMs = ttlOf(op);
  const ttl = ttlMs === undefined ? {} : { ttlMs };
  const scalar = op.fields.find(({ name }) => name === '');
  if (scalar?.value !== undefined) return { type: 'set', value: scalar.value, ...ttl };
  const fields: Record<string, Value> = {};
  const unset: string[] = [];
  for (const { name, value } of op.fields) {
    if (name === VERSION_FIELD) continue;
    if (value === undefined) unset.push(name);
    else setOwn(fields, name, value);
  }
  return op.kind === 'create' ? { type: 'set', value: fields, ...ttl } : { type: 'patch', fields, unset, ...ttl };
}
