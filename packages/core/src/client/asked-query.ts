import { TopGunError } from '../primitives/index.js';
import { describeQueryError, parseQuery, QueryBuilder, type QuerySource } from '../query/index.js';
import type { AskedQuery } from './query-handle.js';

/**
 * A query as an app writes it, in canonical form. `since`: a cursor's age is judged as of then, and not as of now: a page that is shown does not
 * turn into an error while somebody looks at it.
 *
 * @throws TopGunError `bad-query`; its `cause` is the `QueryError`, with the place in the query as data
 */
export function askedQuery(map: string, source: QuerySource, since: number): AskedQuery {
  if (source instanceof QueryBuilder && source.map !== map) {
    throw new TopGunError(
      'bad-query',
      `the query was built for the map ${JSON.stringify(source.map)}, not for ${JSON.stringify(map)}.`,
    );
  }
  const query = parseQuery(source, { nowMillis: since });
  if (query.ok) return query.value;
  const { error } = query;
  const message = describeQueryError(error);
  switch (error.code) {
    case 'cursor-expired':
      return { cursorStatus: 'expired', error: new TopGunError(error.code, message, { cause: error }) };
    case 'cursor-invalid':
      return { cursorStatus: 'invalid', error: new TopGunError(error.code, message, { cause: error }) };
    default:
      throw new TopGunError('bad-query', message, { cause: error });
  }
}
