// What the clients of `connections` write to.

export const RECORDS = 10_000;
export const LISTS = 100;

/** @param {number} i */
export const keyOf = (i) => `r${i}`;
