import { Command } from 'commander';
import { exportRecords } from '../export-records.js';
import { databaseOption } from './database-option.js';
import { mapsOption } from './maps-option.js';
import { openReading } from './open-databases.js';
import { showProgress } from './terminal-progress.js';
import { checkTarget, STANDARD, writeWhole } from './whole-file.js';

interface Flags {
  readonly database: string;
  readonly map?: readonly string[];
  readonly removed?: boolean;
  readonly overwrite?: boolean;
}

/** `topgun-server export [file]`: of a running server or a stopped one. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Writes every record as a line of JSON, as it is at this moment, whether a server runs or not.')
    .argument('[file]', 'the file; - is standard output', STANDARD)
    .addOption(databaseOption())
    .addOption(mapsOption())
    .option('--removed', 'those that are removed too')
    .option('--overwrite', 'put it in the place of a file that is there')
    .action(async (file: string, { database, map, removed, overwrite }: Flags) => {
      await checkTarget(file, overwrite === true);
      const reading = await openReading(database);
      const progress = showProgress('Exporting', 'rows');
      try {
        const lines = exportRecords({
          reading,
          maps: map ?? null,
          removed: removed === true,
          onProgress: (done, total) => progress.at(done, total),
        });
        await writeWhole(file, lines);
        progress.end();
      } finally {
        await reading.close();
      }
    });
}
