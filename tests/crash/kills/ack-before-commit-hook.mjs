// Puts a delay between the answer and the append of every driver, where ledger and database meet.

const DELAY_MS = 50;
const WRAPPED = `
const honest = createCalledLedger;
function dishonestLedger(calls) {
  let next = null;
  let last = Promise.resolve();
  const later = (epoch, segment) => {
    last = last.then(() => new Promise((resolve) => setTimeout(resolve, ${DELAY_MS})));
    last = last.then(() => calls.append(epoch, segment));
    return last;
  };
  return honest({
    ...calls,
    async append(epoch, segment) {
      if (next !== null) {
        void later(epoch, segment.slice());
        return { type: 'committed', position: next++ };
      }
      const outcome = await calls.append(epoch, segment);
      if (outcome.type === 'committed') next = outcome.position + 1;
      return outcome;
    },
  });
}
`;

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith('/drivers/durable-store.js')) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source ?? '').toString();
  return { ...loaded, source: source.replace('= createCalledLedger(', '= dishonestLedger(') + WRAPPED };
}
