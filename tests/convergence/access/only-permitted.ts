import type { Op } from '../../../packages/core/src/crdt/index.js';
import type { Value } from '../../../packages/core/src/primitives/index.js';
import type { LedgerOp } from '../ledger-model.js';
import { fieldsOf } from '../queries.js';
import { must } from '../violation.js';
import type { World } from '../world.js';
import type { Arrival } from './arrivals.js';

/** RU-3, by what each op made of its record: what the ledger took was granted, as whom and by whichever rules the op came. */
export function checkPermitted(world: World): void {
  if (!world.profile.hasRules) return;
  for (const [id, decisions] of world.ledger.decided) {
    const arrivals = world.arrivals.of(id);
    for (const decision of decisions) {
      if (decision.op === null) continue;
      const { op, before, after } = decision;
      const isGranted = arrivals.some((arrival) => grants(arrival, op, decision));
      must(isGranted, 'only-permitted', () => {
        const as = arrivals.map(({ who, book }) => `${who.user} (${who.role}) by ${book.name}`);
        return `${JSON.stringify(op)} made ${JSON.stringify(after)} of ${JSON.stringify(before)} as ${as.join(' or ')}`;
      });
    }
  }
}

/** No more than has to be granted in any case: an end, or a beginning anew, takes more. */
function grants({ who, book }: Arrival, op: Op, { before, after }: Pick<LedgerOp, 'before' | 'after'>): boolean {
  const { map } = op;
  if (before === undefined && after === undefined) return true;
  const isNamed = (name: string): boolean =>
    (op.kind === 'create' || op.kind === 'patch') && op.fields.some((field) => field.name === name);
  if (op.kind !== 'remove' && after !== undefined && book.locked(who, map).some(isNamed)) return false;
  if (before === undefined) return after === undefined || book.may(who, 'create', map, after);
  if (after === undefined || op.kind === 'remove') return book.may(who, 'remove', map, before);
  return book.may(who, 'update', map, before) && book.may(who, 'update', map, after);
}

/** Whether it is the rules that refuse the op, as one of those who sent it. */
export function isRefusedByRules(world: World, id: string, { refusal, before, position }: LedgerOp): boolean {
  const writes = world.history.byId().get(id) ?? [];
  // An id that storage has forgotten is issued again, and stands for several writes.
  const op = writes.length === 1 && writes[0]?.isForgotten === false ? writes[0].track.op : undefined;
  const arrivals = world.arrivals.of(id);
  switch (refusal) {
    case 'record-absent':
      return (
        before === undefined || op === undefined || arrivals.some(({ who, book }) => !book.mayRead(who, op.map, before))
      );
    case 'not-permitted':
      return op === undefined || arrivals.some((arrival) => !isPlainlyGranted(arrival, op, before));
    case 'transaction-refused':
      return [...world.ledger.decided.values()]
        .flat()
        .some(
          (other) =>
            other.position === position && (other.refusal === 'not-permitted' || other.refusal === 'record-absent'),
        );
    default:
      return false;
  }
}

/** Of what is clear without its time: an end or a beginning anew, or what others may have written later, is not. */
function isPlainlyGranted(arrival: Arrival, op: Op, before: Value | undefined): boolean {
  switch (op.kind) {
    case 'add':
    case 'discard':
    case 'count':
      return true;
    case 'remove':
      return before !== undefined && grants(arrival, op, { before, after: undefined });
    case 'create':
    case 'patch': {
      // Where nothing showed, what showed before a removal may show once more, its owner too.
      if (before === undefined) return false;
      const fields = new Map<string, Value | undefined>(Object.entries(fieldsOf(before)));
      for (const { name, value } of op.fields) fields.set(name, value);
      const after = Object.fromEntries([...fields].filter(([, value]) => value !== undefined)) as Value;
      const isPlain = op.expiresAt === undefined && (op.kind === 'patch' || !op.restart);
      return isPlain && grants(arrival, op, { before, after });
    }
  }
}
