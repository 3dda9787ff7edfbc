import { Command } from 'commander';
import type { Timers } from '../../ports/environment.js';
import { compactDatabase } from '../compact-database.js';
import { databaseOption } from './database-option.js';
import { openStoreAlone, vacuum } from './open-databases.js';

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
        const { position } = await compactDatabase({ store, timers });
        console.log(`Snapshots and rows are as of position ${position}, and the log behind them is trimmed.`);
      } finally {
        await store.close();
      }
      const { before, after } = await vacuum(database);
      console.log(`${mebibytes(before)} before, ${mebibytes(after)} now.`);
    });
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
