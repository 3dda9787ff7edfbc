import { Command } from 'commander';
import { systemClock } from '../../adapters/system-environment.js';
import { OperationFailure } from '../operation-failure.js';
import { DamagedError, writeBackup } from '../write-backup.js';
import { sha256, writeBackupFile } from './backup-file.js';
import { checkTarget } from './whole-file.js';
import { databaseOption } from './database-option.js';
import { openReading } from './open-databases.js';
import { showProgress } from './terminal-progress.js';

/** `topgun-server backup <file>`: of a running server or a stopped one. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Writes all that a database holds at this moment into one file, whether a server runs or not.')
    .argument('<file>', 'the file, as a rule with the ending .topgun.gz; - is standard output')
    .addOption(databaseOption())
    .option('--overwrite', 'put it in the place of a file that is there')
    .action(async (file: string, { database, overwrite }: { database: string; overwrite?: boolean }) => {
      await checkTarget(file, overwrite === true);
      const reading = await openReading(database);
      const progress = showProgress('Backing up', 'parts');
      try {
        const sum = sha256();
        const onProgress = (done: number, total: number): void => progress.at(done, total);
        const content = await writeBackup({ reading, now: systemClock.now(), sum, onProgress });
        if (content === null) throw new OperationFailure(`${reading.name} is empty: no server has used it yet.`);
        await writeBackupFile(file, content);
        progress.end();
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        throw new OperationFailure(
          `${reading.name} is damaged, so there is no backup of it: ${error.message} \`topgun-server verify\` says all that is wrong.`,
        );
      } finally {
        await reading.close();
      }
    });
}
