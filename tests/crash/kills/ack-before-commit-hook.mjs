// Puts a delay between the answer and the append of every driver, where ledger and database meet.

const DELAY_MS = 50;
const CALL = '= createCalledLedger(';
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
  // In a file of its own, or bundled with others.
  if (!url.includes('/server/dist/')) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source ?? '').toString();
  if (!source.includes(CALL)) return loaded;
  return { ...loaded, source: source.replace(CALL, '= dishonestLedger(') + WRAPPED };
}
