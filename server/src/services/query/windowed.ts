import { windowSize, type Query } from '@topgun/core/query';

/** SY-5: the query with the limit of the server's window. */
export const windowed = (query: Query): Query =>
  query.limit === null ? query : { ...query, limit: windowSize(query) };
