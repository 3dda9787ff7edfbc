import type { ClientMessage } from '@topgun/core/protocol';
import { validateQuery, type Query } from '@topgun/core/query';
import type { Costs } from './budgets.js';

/** What it costs to ask for anything at all, in rows. */
const ROWS_OF_A_QUERY = 10;
/** A word that may go on, or be spelt otherwise, is looked for in that many more places. */
const PREFIX_FACTOR = 2;
const FUZZY_FACTOR = 4;
/** A vector is compared with those of all records: as much as so many words. */
const WORDS_OF_A_VECTOR = 10;

const NOTHING: Costs = {};
const A_CALL: Costs = { ops: 1 };

/** What a message costs beside itself. That of a query is known when its turn has come, that of a call when it is done. */
export function costsOfMessage(message: ClientMessage): Costs {
  if (message.type === 'ask-search') {
    const query = validateQuery(message.query);
    return query.ok ? costsOfQuery(query.value) : NOTHING;
  }
  // What it does costs besides, when that is known.
  if (message.type === 'call') return A_CALL;
  if (message.type !== 'submit') return NOTHING;
  let ops = 0;
  for (const batch of message.batches) ops += batch.ops.length;
  return { ops };
}

/** What a query costs before it is known what it finds. */
export function costsOfQuery({ search }: Query): Costs {
  if (search === undefined) return { rows: ROWS_OF_A_QUERY };
  const words = search.text.split(/\s+/u).filter((word) => word !== '').length;
  const factor = 1 + (search.prefix ? PREFIX_FACTOR : 0) + (search.fuzzy > 0 ? FUZZY_FACTOR : 0);
  return { rows: ROWS_OF_A_QUERY, words: words * factor + (search.near === undefined ? 0 : WORDS_OF_A_VECTOR) };
}
