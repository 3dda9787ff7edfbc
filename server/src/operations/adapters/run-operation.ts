import { Command, CommanderError } from 'commander';
import { OperationFailure } from '../operation-failure.js';
import { backupCommand } from './backup-command.js';
import { compactCommand } from './compact-command.js';
import { exportCommand } from './export-command.js';
import { importCommand } from './import-command.js';
import { restoreCommand } from './restore-command.js';
import { verifyCommand } from './verify-command.js';

/** `verify` has found something. */
const DIFFERS = 1;
/** It was not done: a sentence on stderr says why. */
const FAILED = 2;

/**
 * `topgun-server backup …` and the others that are done to a database: `argv` are the arguments after the command's name. Returns the exit code: 0, or 2 when it was not
 * done; of `verify` 1 when it found something.
 */
export async function runOperation(argv: readonly string[]): Promise<number> {
  const program = new Command('topgun-server').exitOverride();
  let code = 0;
  const commands = [
    backupCommand(),
    restoreCommand(),
    exportCommand(),
    importCommand(),
    verifyCommand((differences) => (code = differences > 0 ? DIFFERS : 0)),
    compactCommand(),
  ];
  for (const command of commands) program.addCommand(command.exitOverride());
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // It has said so itself, and asking for help is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
    if (!(error instanceof OperationFailure)) throw error;
    console.error(error.message);
    return FAILED;
  }
}
