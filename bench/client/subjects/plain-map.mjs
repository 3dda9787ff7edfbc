// The floor of a call: a Map that is given a copy.

/** @type {import('../subject.mjs').Subject['open']} */
export async function open() {
  const records = new Map();
  return {
    set: (record) => records.set(record.id, { ...record }),
    all: () => [...records.values()],
    close() {},
  };
}
