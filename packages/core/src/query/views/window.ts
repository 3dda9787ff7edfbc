import type { Query } from '../query.js';

/** Every record of the map. */
export const WHOLE_MAP: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };

/** SY-5: how many rows more than asked for the server's window holds. */
export const windowSlack = (limit: number): number => Math.max(1, Math.ceil(limit / 4));

/** How many rows the server's window of this query holds at most; `Infinity` without a limit. */
export const windowSize = ({ limit }: Pick<Query, 'limit'>): number =>
  limit === null ? Infinity : limit + windowSlack(limit);

/** Whether every visible record is a row, and the order is that of the keys. What is shown of the rows does not matter. */
export const isWholeMap = ({ where, sort, limit, after, groupBy, within }: Query): boolean =>
  limit === null &&
  sort.length === 0 &&
  where.type === 'and' &&
  where.of.length === 0 &&
  after === undefined &&
  groupBy === undefined &&
  within === undefined;
