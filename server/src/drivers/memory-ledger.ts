import type { AppendOutcome, Ledger, LedgerClaim, LedgerSegment } from '../ports/ledger.js';
import { lastPosition, type MemoryDisk } from './memory-disk.js';

/** What the next append shall meet. Those that are `unknown` look alike to the caller; only a renewal and a reload tell them apart. */
export type AppendFault =
  | 'fail'
  | 'unknown-written'
  | 'unknown-lost'
  /** Written only when the next append comes, unless the epoch has moved on by then. */
  | 'unknown-late'
  /** Another process claims the ledger just before the append. */
  | 'fence';

/** A ledger for tests and the simulator: the whole contract, and faults on request. */
export interface MemoryLedger extends Ledger {
  /** The next appends meet these faults, one each, in order. */
  failNext(...faults: readonly AppendFault[]): void;
  /** Appends from now on wait, undecided, until the returned function is called; so a test can stage behind one in flight. */
  hold(): () => void;
  /** Appends that were asked for and have not resolved. */
  readonly inFlight: number;
}

/**
 * Keeps its segments on `disk`, which outlives it: a new ledger on the same disk is a restarted process,
 * a second one at the same time is a takeover. Holds no clock and no timer.
 */
export function createMemoryLedger(disk: MemoryDisk): MemoryLedger {
  const faults: AppendFault[] = [];
  let claimedEpoch: number | null = null;
  let closed = false;
  let inFlight = 0;
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  /** An append that the disk is still at work on, though nobody waits for it. */
  let late: { readonly epoch: number; readonly segment: Uint8Array } | null = null;

  const write = (segment: Uint8Array): number => {
    const position = lastPosition(disk) + 1;
    disk.segments.push({ position, epoch: disk.epoch, bytes: segment.slice() });
    return position;
  };

  const decide = (segment: Uint8Array): AppendOutcome => {
    if (closed) return { type: 'failed', reason: 'the ledger is closed' };
    const fault = faults.shift();
    if (fault === 'fence') disk.epoch += 1;
    if (late !== null && late.epoch === disk.epoch) write(late.segment);
    late = null;
    if (claimedEpoch !== disk.epoch) return { type: 'fenced' };
    switch (fault) {
      case 'fail':
        return { type: 'failed', reason: 'a fault was asked for' };
      case 'unknown-lost':
        return { type: 'unknown', reason: 'a fault was asked for' };
      case 'unknown-late':
        late = { epoch: disk.epoch, segment: segment.slice() };
        return { type: 'unknown', reason: 'a fault was asked for' };
      case 'unknown-written':
        write(segment);
        return { type: 'unknown', reason: 'a fault was asked for' };
      default:
        return { type: 'committed', position: write(segment) };
    }
  };

  return {
    get inFlight() {
      return inFlight;
    },
    failNext(...next) {
      faults.push(...next);
    },
    hold() {
      if (gate !== null) throw new Error('appends are held already');
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      gate = { opened, open };
      return () => {
        gate = null;
        open();
      };
    },
    async claim(): Promise<LedgerClaim> {
      await Promise.resolve();
      if (closed) throw new Error('the ledger is closed');
      disk.epoch += 1;
      claimedEpoch = disk.epoch;
      return { epoch: disk.epoch, lineage: disk.lineage, position: lastPosition(disk) };
    },
    async renew(): Promise<number | null> {
      await Promise.resolve();
      if (closed) throw new Error('the ledger is closed');
      if (claimedEpoch === null || claimedEpoch !== disk.epoch) return null;
      disk.epoch += 1;
      claimedEpoch = disk.epoch;
      return claimedEpoch;
    },
    async append(segment): Promise<AppendOutcome> {
      if (inFlight > 0) throw new Error('one append at a time: the previous one has not resolved');
      inFlight += 1;
      try {
        // Never decided before the caller has gone on: with a real disk nothing is.
        await (gate?.opened ?? Promise.resolve());
        return decide(segment);
      } finally {
        inFlight -= 1;
      }
    },
    async *read(after): AsyncGenerator<readonly LedgerSegment[]> {
      const chunkSize = 64;
      for (let last = after; ;) {
        await Promise.resolve();
        if (closed) throw new Error('the ledger is closed');
        const first = disk.segments[0]?.position ?? 0;
        const from = Math.max(0, last + 1 - first);
        const chunk = disk.segments.slice(from, from + chunkSize);
        if (chunk.length === 0) return;
        last = chunk.at(-1)!.position;
        yield chunk.map((segment) => ({ ...segment, bytes: segment.bytes.slice() }));
      }
    },
    async trim(through) {
      await Promise.resolve();
      if (closed) throw new Error('the ledger is closed');
      if (claimedEpoch !== disk.epoch) return;
      const kept = disk.segments.findIndex(({ position }) => position > through);
      const count = kept < 0 ? Math.max(0, disk.segments.length - 1) : kept;
      disk.trimmed.push(...disk.segments.splice(0, count));
    },
    async close(): Promise<void> {
      await Promise.resolve();
      closed = true;
    },
  };
}
