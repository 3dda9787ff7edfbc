import type { Ledger } from '../ports/ledger.js';
import type { StoreCalls } from './store-calls.js';

/** PI-3 on the calls of a database. Holds nothing but the epoch of its own claim. */
export function createCalledLedger(calls: StoreCalls): Ledger {
  let epoch: number | null = null;
  let appending = false;
  let closed = false;

  const mustBeOpen = (): void => {
    if (closed) throw new Error('the ledger is closed');
  };

  return {
    async claim() {
      mustBeOpen();
      const claim = await calls.claim();
      epoch = claim.epoch;
      return claim;
    },
    async renew() {
      mustBeOpen();
      if (epoch === null) return null;
      const renewed = await calls.renew(epoch);
      if (renewed !== null) epoch = renewed;
      return renewed;
    },
    async append(segment) {
      if (appending) throw new Error('one append at a time: the previous one has not resolved');
      if (closed) return { type: 'failed', reason: 'the ledger is closed' };
      // Without a claim nothing was ever this process's to write.
      if (epoch === null) return { type: 'fenced' };
      appending = true;
      try {
        const outcome = await calls.append(epoch, segment);
        return outcome.type === 'held-up' ? { type: 'failed', reason: outcome.reason } : outcome;
      } finally {
        appending = false;
      }
    },
    async *read(after) {
      for (let position = after; ;) {
        mustBeOpen();
        const segments = await calls.segmentsAfter(position);
        const last = segments.at(-1);
        if (last === undefined) return;
        yield segments;
        position = last.position;
      }
    },
    async trim(through) {
      mustBeOpen();
      if (epoch === null) return;
      while ((await calls.trim(epoch, through)) > 0);
    },
    async close() {
      if (closed) return;
      closed = true;
      await calls.close();
    },
  };
}
