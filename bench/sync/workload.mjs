// What is written, the same for TopGun and for the floor.

export const RECORDS = 1_000;

export const keyOf = (i) => `item-${i % RECORDS}`;

/**
 * One small record. `sentAt` is when its write was called.
 *
 * @param {number} i
 * @param {number} sentAt
 */
export const recordOf = (i, sentAt) => ({ title: `Item number ${i % RECORDS}`, done: i % 2 === 0, n: i, sentAt });

/** Milliseconds on a clock that all processes of a machine share, unlike `performance.now()`. */
export const sharedNow = () => Number(process.hrtime.bigint()) / 1e6;
