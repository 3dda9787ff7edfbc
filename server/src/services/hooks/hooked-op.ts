import { opToWire, VERSION_FIELD, wireToOp, type FieldWrite, type Op, type WireOp } from '@topgun/core/crdt';
import { assertNever, checkValue, err, ok, type Result, type Value } from '@topgun/core/primitives';
import { ownCopy } from './own-copy.js';
import type { ChangedFields, HookedOp } from './server-hooks.js';

/** What a hook is told of an op: a copy, so that whatever is done to it is done to nothing else. */
export function toHookedOp(op: Op): HookedOp {
  const { map, key } = op;
  switch (op.kind) {
    case 'create':
    case 'patch':
      return Object.freeze({
        type: op.kind,
        map,
        key,
        fields: fieldsOf(op.fields),
        ...(op.expiresAt === undefined ? {} : { expiresAt: op.expiresAt }),
      });
    case 'remove':
      return Object.freeze({ type: 'remove', map, key });
    case 'add':
    case 'discard':
      return Object.freeze({ type: op.kind, map, key, value: ownCopy(op.value) });
    case 'count':
      return Object.freeze({ type: 'count', map, key, delta: op.delta });
    default:
      return assertNever(op);
  }
}

/** A field may be named `__proto__`. */
function fieldsOf(fields: readonly FieldWrite[]): Readonly<Record<string, Value | undefined>> {
  return Object.freeze(
    Object.fromEntries(fields.flatMap(({ name, value }) => (name === VERSION_FIELD ? [] : [[name, ownCopy(value)]]))),
  );
}

/**
 * HK-3: the op with what a hook puts in the place of what it writes: the same id, stamp and record. What is handed over is copied and judged
 * as a client's would be; `err` says what is wrong with it.
 */
export function changedOp(op: Op, { fields, expiresAt }: ChangedFields, keyBytes: number): Result<WireOp, string> {
  if (op.kind !== 'create' && op.kind !== 'patch') return err(`a ${op.kind} has no fields to change`);
  const written: FieldWrite[] = [];
  for (const [name, given] of Object.entries(fields)) {
    if (given === undefined) {
      written.push({ name, value: undefined });
      continue;
    }
    const value = checkValue(given);
    if (!value.ok) return err(value.error.message);
    written.push({ name, value: value.value });
  }
  // Of the version that it was written under: a hook neither sees nor changes that.
  const marked = op.fields.filter(({ name }) => name === VERSION_FIELD);
  const all = [...written.filter(({ name }) => name !== VERSION_FIELD), ...marked];
  const wire = opToWire({ ...op, fields: all, ...(expiresAt === undefined ? {} : { expiresAt }) });
  const judged = wireToOp(op.replica, wire, { keyBytes, allowsEmptyPatch: true });
  return judged.ok ? ok(wire) : err(judged.error.message);
}
