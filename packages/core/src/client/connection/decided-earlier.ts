import type { Op } from '../../crdt/index.js';
import type { Decision } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { DecidedEarlier } from './stored-outbox.js';

/** What was decided, and could not be told, of the ops that are still shown as pending. */
export function decisionsOf(decided: readonly DecidedEarlier[], pending: readonly Op[]): readonly Decision[] {
  if (decided.length === 0) return [];
  const byId = new Map(pending.map((op) => [opIdText(op), op]));
  return decided.flatMap(({ id, rejection }): Decision[] => {
    const op = byId.get(opIdText(id));
    if (op === undefined) return [];
    return [rejection === null ? { op, outcome: 'applied' } : { op, outcome: 'rejected', ...rejection }];
  });
}
