/** The same number everywhere, one more than before: the records are of several threads. */
function count(map, id) {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const counts = keys.map((key) => map('counts').get(key)?.n ?? 0);
  if (counts.some((n) => n !== counts[0])) throw new Error(`torn: ${counts.join()}`);
  const n = counts[0] + 1;
  for (const key of keys) map('counts').set(key, { n });
  map('calls').set(id, { n });
  return n;
}

// Definitions of an app some of whose procedures end the thread that runs them, as faults of native code would, or errors that nobody catches.
export const procedures = {
  count: {
    run: ({ map }, id) => count(map, id),
  },
  countSlowly: {
    async run({ map }, id) {
      map('counts').get('a');
      await new Promise((resolve) => setTimeout(resolve, 2));
      return count(map, id);
    },
  },
  exit: {
    run() {
      process.exit(7);
    },
  },
  throw: {
    run() {
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
    },
  },
};
