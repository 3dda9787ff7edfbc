// What is written and asked, the same for TopGun and for the floor.

/** Records, and different queries: each record is in exactly one of them. */
export const keyOf = (owner) => `ticket-${owner}`;

/**
 * One small record. `sentAt` is when its write was called.
 *
 * @param {number} owner whose it is, and with that which query shows it
 * @param {number} i the number of the write
 * @param {number} sentAt
 */
export const recordOf = (owner, i, sentAt) => ({
  title: `Ticket number ${owner}`,
  owner: `user-${owner}`,
  done: i % 2 === 0,
  n: i,
  sentAt,
});

/** The tickets of one owner. */
export const queryOf = (owner) => ({ where: { owner: `user-${owner}` }, sort: { n: 'desc' }, limit: 20 });

/** Milliseconds on a clock that all processes of a machine share, unlike `performance.now()`. */
export const sharedNow = () => Number(process.hrtime.bigint()) / 1e6;
