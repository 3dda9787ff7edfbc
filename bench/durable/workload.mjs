// What every case of the suite stores: todos of five small fields.

export const MAP = 'todos';

/** @param {number} i */
export const keyOf = (i) => `todo-${i.toString(36).padStart(6, '0')}`;

/** @param {number} i */
export const recordOf = (i) => ({
  text: `Call number ${i} back about the order of last week`,
  done: i % 2 === 0,
  rank: (i * 7_919) % 100_003,
  list: `list-${i % 997}`,
  due: 1_800_000_000_000 + i,
});
