import type { Timers } from '../../ports/environment.js';
import type { StoreCalls } from '../store-calls.js';
import { createObjectLedger } from './object-ledger.js';
import { createObjectSnapshots } from './object-snapshots.js';
import type { ObjectStore } from './object-store.js';
import { untilReached } from './until-reached.js';

export interface ObjectStoreCallsOptions {
  readonly store: ObjectStore;
  readonly timers: Timers;
  /** Random names, none twice. */
  readonly mint: () => string;
  readonly onTrouble?: (reason: string | null) => void;
}

/** A bucket as what can be asked of a database. */
export interface ObjectStoreCalls extends StoreCalls {
  readonly isOutOfReach: boolean;
}

/**
 * Ledger and snapshots in a bucket. There are no rows: an object for each record would be a request for each change, and nobody could join it with anything. What is not
 * in the log is in the snapshots, so of the rows it is said that they are written as soon as they are asked for.
 */
export function createObjectStoreCalls(options: ObjectStoreCallsOptions): ObjectStoreCalls {
  const { store, timers, mint } = options;
  const reach = untilReached({ timers, onTrouble: options.onTrouble ?? (() => undefined) });
  const parts = { store, mint, reach: reach.run };
  const ledger = createObjectLedger(parts);
  const snapshots = createObjectSnapshots(parts);
  let isAppendLost = false;
  let written = 0;
  return {
    get isOutOfReach() {
      return isAppendLost || reach.trouble !== null;
    },
    async claim() {
      const claim = await ledger.claim();
      await snapshots.claimed(claim.epoch);
      return claim;
    },
    async renew(epoch) {
      const renewed = await ledger.renew(epoch);
      if (renewed !== null) await snapshots.claimed(renewed);
      isAppendLost = false;
      return renewed;
    },
    async append(epoch, segment) {
      const outcome = await ledger.append(epoch, segment);
      isAppendLost = outcome.type === 'unknown';
      return outcome;
    },
    segmentsAfter: (position) => ledger.segmentsAfter(position),
    through: () => Promise.resolve(Math.max(written, ledger.position)),
    writeRows(_rows, through) {
      written = Math.max(written, through);
      return Promise.resolve();
    },
    rowsAfter: () => Promise.resolve([]),
    trim: (epoch, through) => ledger.trim(epoch, through),
    snapshotProgress: () => snapshots.progress(),
    headsAfter: (partition) => snapshots.headsAfter(partition),
    recordsOf: (partition) => snapshots.recordsOf(partition),
    writeSnapshots: (epoch, taken, progress) => snapshots.write(epoch, taken, progress),
    close() {
      reach.stop();
      store.close();
      return Promise.resolve();
    },
  };
}
