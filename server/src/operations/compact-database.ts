import { PARTITION_COUNT, TopGunError } from '@topgun/core/primitives';
import type { DurableStore } from '../drivers/durable-store.js';
import { load } from '../drivers/load-partitions.js';
import type { Timers } from '../ports/environment.js';
import type { Ledger } from '../ports/ledger.js';
import { claimLedger } from '../services/coordination/ledger-ownership.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { createWriteBehind } from '../services/persistence/write-behind.js';
import { OperationFailure } from './operation-failure.js';

/** What it does, one after the other. */
export type CompactStage = 'records' | 'rows' | 'snapshots';

export interface CompactOptions {
  readonly store: DurableStore;
  readonly timers: Timers;
  /** How far a stage has come: partitions whose records are read, rows that are written, partitions of which there is a snapshot of now. */
  readonly onProgress?: (stage: CompactStage, done: number, total: number) => void;
}

/** What is there now. */
export interface Compacted {
  /** The last position in the ledger. */
  readonly position: number;
}

/**
 * PI-43: what a server does when it drains, at once: the rows are written, snapshots of all that changed are taken, and the log is trimmed behind them. Claims the ledger, so it must be nobody's, and
 * holds all records as a server does.
 */
export async function compactDatabase({
  store,
  timers,
  onProgress = () => undefined,
}: CompactOptions): Promise<Compacted> {
  const troubles: string[] = [];
  const note = (message: string, detail?: unknown): void =>
    void troubles.push(`${message} ${JSON.stringify(detail ?? {})}`);
  const log = { debug: () => {}, info: () => {}, warn: note, error: note };
  const ownership = await claimLedger(store.ledger);
  const written = { rows: 0, snapshots: 0 };
  let toWrite = 0;
  const writeBehind = createWriteBehind({
    coldStore: {
      ...store.coldStore,
      async write(rows, through) {
        await store.coldStore.write(rows, through);
        written.rows += rows.length;
        // Before all is read nobody knows how many there are.
        if (toWrite > 0) onProgress('rows', written.rows, toWrite);
      },
    },
    timers,
    onFailure: ({ reason }) => note(reason),
  });
  const through = await writeBehind.resume();
  const journalFrom = await firstJournal(store.ledger);
  try {
    const { position, snapshots, loader } = await load({
      ownership,
      snapshots: {
        ...store.snapshots,
        async write(epoch, taken, progress) {
          const isWritten = await store.snapshots.write(epoch, taken, progress);
          if (isWritten) onProgress('snapshots', (written.snapshots += taken.length), PARTITION_COUNT);
          return isWritten;
        },
      },
      writeBehind,
      written: through,
      timers,
      log,
      trimmable: async (end) => Math.min(end, journalFrom - 1),
    });
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1) {
      const failure = await loader.need([partition]);
      if (failure !== null) throw new OperationFailure(failure.reason);
      onProgress('records', partition + 1, PARTITION_COUNT);
    }
    toWrite = written.rows + writeBehind.lag.rows;
    const flushed = await writeBehind.flush();
    if (!flushed.ok) throw new OperationFailure(`The rows could not be written: ${flushed.error.reason}.`);
    await snapshots?.finish();
    const progress = await store.snapshots.progress();
    if (position > 0 && progress?.through !== position) {
      throw new OperationFailure(
        `The snapshots could not be written: ${troubles.join('; ') || 'a server has taken over'}.`,
      );
    }
    // Of what has not changed there was one already.
    onProgress('snapshots', PARTITION_COUNT, PARTITION_COUNT);
    return { position };
  } catch (error) {
    if (error instanceof TopGunError) throw new OperationFailure(error.message);
    throw error;
  } finally {
    await writeBehind.stop();
  }
}

/** JO-1: where a journal is kept, only the server that keeps it knows for how long. `Infinity`: there is none. */
async function firstJournal(ledger: Ledger): Promise<number> {
  for await (const chunk of ledger.read(0)) {
    for (const { position, bytes } of chunk) {
      const segment = decodeSegment(bytes, position);
      if (segment.ok && segment.value.journal !== undefined) return position;
    }
  }
  return Infinity;
}
