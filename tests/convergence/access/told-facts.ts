import type { Value } from '../../../packages/core/src/primitives/index.js';
import type { AskSearchMessage, SearchFactsMessage } from '../../../packages/core/src/protocol/index.js';
import type { LedgerModel } from '../ledger-model.js';
import { fieldsOf, type PlainRow } from '../queries.js';
import { COMPLETIONS, completePlainly, countPlainly, findsPlainly, SEARCHES } from '../searches/plain-search.js';
import { must } from '../violation.js';
import { seenOf, type Sight } from './seen-values.js';

/**
 * SE-44: what the server counts of a search is what its asker may see. Judged where nothing has been committed since it began to count: while it counts, records may
 * change, and each is taken as it is when its turn comes.
 */
export function judgeFacts(sight: Sight, ledger: LedgerModel, asked: AskSearchMessage, told: SearchFactsMessage): void {
  if (told.through !== ledger.position) return;
  const { map, facets = [], complete } = asked;
  const text = (asked.query as { readonly search?: { readonly text?: string } }).search?.text;
  const search = [...(complete === undefined ? SEARCHES : COMPLETIONS)].find(
    (one) => one.map === map && one.text === text,
  );
  if (search === undefined) throw new Error(`nobody searches for ${text} in ${map}`);
  const seen = [...ledger.records(map).keys()].flatMap((key): readonly PlainRow[] => {
    const value: Value | undefined = ledger.valueAt(map, key, told.through);
    const left = value === undefined ? undefined : seenOf(sight, map, value);
    return left === undefined ? [] : [{ key, fields: fieldsOf(left) }];
  });
  const found = findsPlainly(search, seen);
  const pairs = (counts: readonly { readonly value: unknown; readonly count: number }[]): unknown =>
    counts.map(({ value, count }) => [value, count]);
  const expected = JSON.stringify([
    found.length,
    facets.map((name) => pairs(countPlainly(name, found))),
    complete === undefined ? [] : pairs(completePlainly(search, seen)),
  ]);
  const counted = JSON.stringify([told.total, told.facets, told.completions]);
  must(counted === expected, 'only-counted', () => {
    return `${sight.who.user} (${sight.who.role}), by the rules ${sight.book.name}, is told of ${text} in ${map} at ${told.through}\n  ${counted}\n  instead of\n  ${expected}`;
  });
}
