import { Command } from 'commander';
import type { Timers } from '../../ports/environment.js';
import { compactDatabase, type CompactStage } from '../compact-database.js';
import { databaseOption } from './database-option.js';
import { openStoreAlone, vacuum } from './open-databases.js';
import { showProgress, type Progress } from './terminal-progress.js';

/** These keep the process alive: there may be nothing else that does. */
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** `topgun-server compact`: while no server runs. */
export function compactCommand(): Command {
  return new Command('compact')
    .description(
      'Takes snapshots of all that changed, trims the log behind them and gives back the room, while no server uses the database.',
    )
    .addOption(databaseOption())
    .action(async ({ database }: { database: string }) => {
      const store = await openStoreAlone(database, 'must-exist');
      try {
        const { position } = await compactDatabase({ store, timers, onProgress: stagesShown() });
        console.log(`Snapshots and rows are as of position ${position}, and the log behind them is trimmed.`);
      } finally {
        await store.close();
      }
      const { before, after } = await vacuum(database);
      console.log(`${mebibytes(before)} before, ${mebibytes(after)} now.`);
    });
}

const STAGES: Readonly<Record<CompactStage, readonly [what: string, unit: string]>> = {
  records: ['Reading records', 'partitions'],
  rows: ['Writing rows', 'rows'],
  snapshots: ['Taking snapshots', 'partitions'],
};

/** One line for each stage that has something to do, one after the other. */
function stagesShown(): (stage: CompactStage, done: number, total: number) => void {
  const shown = new Map<CompactStage, Progress | 'ended'>();
  return (stage, done, total) => {
    const progress = shown.get(stage) ?? showProgress(...STAGES[stage]);
    if (progress === 'ended') return;
    shown.set(stage, done === total ? 'ended' : progress);
    progress.at(done, total);
    if (done === total) progress.end();
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
