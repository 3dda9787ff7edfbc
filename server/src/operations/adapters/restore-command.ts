import { Command } from 'commander';
import { systemRandom } from '../../adapters/system-environment.js';
import { BackupError } from '../backup-format.js';
import { OperationFailure } from '../operation-failure.js';
import { readBackup } from '../read-backup.js';
import { restoreBackup, RestoreRefused } from '../restore-backup.js';
import { readBackupFile, sha256 } from './backup-file.js';
import { STANDARD } from './whole-file.js';
import { databaseOption } from './database-option.js';
import { openRestoring } from './open-databases.js';
import { showProgress } from './terminal-progress.js';

interface Flags {
  readonly database: string;
  readonly replace?: boolean;
  readonly replaceAny?: boolean;
}

const LINEAGE_LENGTH = 24;

/** `topgun-server restore <file>`: into an empty database, or in the place of what is there. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('Puts a backup into an empty database, of whichever kind it was taken, while no server uses it.')
    .argument('<file>', 'what topgun-server backup has written; - is standard input')
    .addOption(databaseOption())
    .option('--replace', 'give up what is there, an earlier or later state of the same database')
    .option('--replace-any', 'give up what is there, whatever database it is')
    .action(restore);
}

async function restore(file: string, { database, replace, replaceAny }: Flags): Promise<void> {
  const name = file === STANDARD ? 'Standard input' : file;
  const progress = showProgress('Restoring', 'parts');
  try {
    // First, so that for a file that is none no database is made.
    const backup = await readBackup(readBackupFile(file), sha256());
    const restoring = await openRestoring(database);
    try {
      const restored = await restoreBackup({
        backup,
        restoring,
        mint: () => systemRandom.id(LINEAGE_LENGTH),
        replace: replaceAny === true ? 'any-history' : replace === true ? 'same-history' : 'nothing',
        onProgress: (parts) => progress.at(parts, backup.header.parts),
      });
      progress.end();
      console.log(`${restoring.name} is as it was on ${new Date(backup.header.takenAt).toISOString()}.`);
      console.log(`Its history goes on as ${restored.lineage}, from position ${restored.position} on.`);
    } finally {
      await restoring.close();
    }
  } catch (error) {
    if (error instanceof BackupError) throw new OperationFailure(`${name} cannot be restored: ${error.message}`);
    if (error instanceof RestoreRefused) throw new OperationFailure(error.message);
    throw error;
  }
}
