import { sameDigest } from '@topgun/core/merkle';
import { Command, InvalidArgumentError } from 'commander';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { MapRoots } from '../compare-rows.js';
import { OperationFailure } from '../operation-failure.js';
import { verifyDatabase, type Verified } from '../verify-database.js';
import { databaseOption } from './database-option.js';
import { openReading } from './open-databases.js';
import { showProgress } from './terminal-progress.js';

interface Flags {
  readonly database: string;
  readonly limit: number;
}

/** `topgun-server verify`: of a running server or a stopped one. `found` is told how much is wrong. */
export function verifyCommand(found: (differences: number) => void): Command {
  return new Command('verify')
    .description(
      'Compares the ledger, the snapshots and the rows of a database, and says what differs. The exit code is 1 when something does.',
    )
    .addOption(databaseOption())
    .option('--limit <number>', 'say so many of the differences; all are counted', toCount, 20)
    .action(async ({ database, limit }: Flags) => {
      const reading = await openReading(database);
      const progress = showProgress('Verifying', 'parts');
      let differences = 0;
      const lines: string[] = [];
      try {
        const verified = await verifyDatabase({
          reading,
          hash: await loadXxhash(),
          onFinding({ code, message }) {
            differences += 1;
            if (lines.length < limit) lines.push(`✗ ${code}: ${message}`);
          },
          onProgress: (done, total) => progress.at(done, total),
        });
        progress.end();
        if (verified === null) throw new OperationFailure(`${reading.name} is empty: no server has used it yet.`);
        for (const line of [...summary(verified), ...lines]) console.log(line);
        console.log(ending(differences, lines.length));
        found(differences);
      } finally {
        await reading.close();
      }
    });
}

function* summary({ lineage, epoch, segments, snapshots, position, through, maps }: Verified): Iterable<string> {
  yield `Ledger of history ${lineage}: ${segments} segments up to position ${position}, claim ${epoch}; snapshots of ${snapshots} partitions; rows up to position ${through}.`;
  const width = Math.max(0, ...maps.map(({ map }) => map.length));
  for (const each of maps) yield `  ${each.map.padEnd(width)}  ${rootsOf(each)}`;
}

function rootsOf({ records, rows, lagging }: MapRoots): string {
  const late = lagging === 0 ? '' : `; ${lagging} more whose rows may be written later`;
  const same = sameDigest(records, rows);
  const roots = same
    ? `root ${hex(records.sum)} on both sides`
    : `roots ${hex(records.sum)} and, of the rows, ${hex(rows.sum)}`;
  return `${records.count} records, ${roots}${late}`;
}

const hex = (sum: bigint): string => sum.toString(16).padStart(16, '0');

function ending(differences: number, said: number): string {
  if (differences === 0) return 'Nothing differs.';
  const rest = differences > said ? `, of which ${said} are shown` : '';
  return `${differences} ${differences === 1 ? 'difference' : 'differences'}${rest}.`;
}

function toCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
