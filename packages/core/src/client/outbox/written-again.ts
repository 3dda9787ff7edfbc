import {
  liveTags,
  materialize,
  planAdd,
  planCount,
  planDiscard,
  planPatch,
  planSet,
  planTtl,
  SCALAR_FIELD,
  ttlOf,
  VERSION_FIELD,
  type CreateOp,
  type LwwRecord,
  type Op,
  type OpBody,
  type PatchOp,
  type WriteError,
} from '../../crdt/index.js';
import { assertNever, err, ok, setOwn, type Result, type Value } from '../../primitives/index.js';
import { bodyOf } from './op-issuer.js';

/** Why a refused write cannot be written with another value. */
export interface EditError {
  readonly code: WriteError['code'] | 'nothing-to-edit';
  readonly path: string;
  readonly message: string;
}

/** CL-7: the change of a refused op, fit for the record as it is now; `null`: there is nothing left to do. */
export function bodyAgain(op: Op, current: LwwRecord | undefined): OpBody | null {
  const body = bodyOf(op);
  switch (body.kind) {
    case 'create':
      return { ...body, restart: current?.existence?.op === 'remove' };
    case 'add':
    case 'discard': {
      const tags = current === undefined ? [] : liveTags(current, body.value);
      return body.kind === 'discard' && tags.length === 0 ? null : { ...body, tags };
    }
    default:
      return body;
  }
}

/**
 * CL-7: the same kind of change with another value in the place of what was attempted: of a create the whole record, of a patch the fields
 * (`undefined` unsets one), of a set the value, of a counter the delta. A time to live that was attempted stays (CR-9). `now`: the server's time.
 *
 * Law: with the value that was attempted it is `bodyAgain`, as far as what is to be changed is still there.
 */
export function editedBody(
  op: Op,
  current: LwwRecord | undefined,
  next: unknown,
  now: number,
): Result<OpBody | null, EditError> {
  switch (op.kind) {
    case 'create':
      return withTtl(op, current, wholeRecord(current, next), now);
    case 'patch':
      return withTtl(op, current, isScalar(op) ? scalarOf(current, next) : fieldsOf(op, current, next), now);
    case 'add':
      return planAdd(current, next);
    case 'discard':
      return planDiscard(current, next);
    case 'count':
      return planCount(numberOf(materialize(current)), next);
    case 'remove':
      return err({
        code: 'nothing-to-edit',
        path: '$',
        message: 'a refused removal has no value that could be another',
      });
    default:
      return assertNever(op);
  }
}

/** What `editedBody` puts another value in the place of; fields that were to be unset are `undefined`. Of a removal there is none. */
export function attemptedValue(op: Op): Value | Readonly<Record<string, Value | undefined>> | undefined {
  switch (op.kind) {
    case 'create':
    case 'patch':
      return attemptedFields(op);
    case 'add':
    case 'discard':
      return op.value;
    case 'count':
      return op.delta;
    case 'remove':
      return undefined;
    default:
      return assertNever(op);
  }
}

function attemptedFields({ fields }: CreateOp | PatchOp): Value | Readonly<Record<string, Value | undefined>> {
  const scalar = fields.find(({ name }) => name === SCALAR_FIELD);
  if (scalar?.value !== undefined) return scalar.value;
  const attempted: Record<string, Value | undefined> = {};
  for (const { name, value } of fields) {
    if (name !== SCALAR_FIELD && name !== VERSION_FIELD) setOwn(attempted, name, value);
  }
  return attempted;
}

const isScalar = ({ fields }: PatchOp): boolean =>
  fields.some(({ name, value }) => name === SCALAR_FIELD && value !== undefined);

/** As the create that was refused: a record that has appeared since keeps the fields that are not named. */
function wholeRecord(current: LwwRecord | undefined, next: unknown): Result<OpBody | null, WriteError> {
  const plan = planSet(undefined, next);
  if (!plan.ok) return plan;
  const { body } = plan.value;
  return ok(body?.kind === 'create' ? { ...body, restart: current?.existence?.op === 'remove' } : body);
}

/** A record that is one value got another, and gets one that is another still. */
function scalarOf(current: LwwRecord | undefined, next: unknown): Result<OpBody | null, WriteError> {
  if (materialize(current) === undefined) return planPatch(undefined, {});
  const plan = planSet(current, next);
  return plan.ok ? ok(plan.value.body) : plan;
}

/** What made an object of a scalar does so with other fields too. */
function fieldsOf(op: PatchOp, current: LwwRecord | undefined, next: unknown): Result<OpBody | null, WriteError> {
  const plan = planPatch(current, next);
  const uncovered = op.fields.filter(({ name }) => name === SCALAR_FIELD);
  if (!plan.ok || uncovered.length === 0) return plan;
  const fields = plan.value?.kind === 'patch' ? plan.value.fields : [];
  return ok({ kind: 'patch', fields: [...uncovered, ...fields] });
}

function withTtl(
  op: CreateOp | PatchOp,
  current: LwwRecord | undefined,
  plan: Result<OpBody | null, WriteError>,
  now: number,
): Result<OpBody | null, WriteError> {
  return plan.ok ? planTtl(current, plan.value, ttlOf(op), now) : plan;
}

const numberOf = (value: Value | undefined): number => (typeof value === 'number' ? value : 0);
