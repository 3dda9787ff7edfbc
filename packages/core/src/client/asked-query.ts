import { TopGunError } from '../primitives/index.js';
import { describeQueryError, parseQuery, type QueryInput } from '../query/index.js';
import type { AskedQuery } from './query-handle.js';

/**
 * A query as an app writes it, in canonical form. `since`: a cursor's age is judged as of then, and not as of now: a page that is shown does not
 * turn into an error while somebody looks at it.
 *
 * @throws TopGunError `bad-query`
 */
export function askedQuery(input: QueryInput, since: number): AskedQuery {
  const query = parseQuery(input, { nowMillis: since });
  if (query.ok) return query.value;
  const { error } = query;
  const message = describeQueryError(error);
  switch (error.code) {
    case 'cursor-expired':
      return { cursorStatus: 'expired', error: new TopGunError(error.code, message) };
    case 'cursor-invalid':
      return { cursorStatus: 'invalid', error: new TopGunError(error.code, message) };
    default:
      throw new TopGunError('bad-query', message);
  }
}
