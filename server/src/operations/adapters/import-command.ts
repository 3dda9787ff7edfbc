import { Command } from 'commander';
import { systemClock } from '../../adapters/system-environment.js';
import { loadXxhash } from '../../adapters/xxhash.js';
import { importRecords } from '../import-records.js';
import { OperationFailure } from '../operation-failure.js';
import { surveyDatabase, type Survey } from '../survey-database.js';
import { textLines } from '../text-lines.js';
import { databaseOption } from './database-option.js';
import { mapsOption } from './maps-option.js';
import { openReading, openStoreAlone } from './open-databases.js';
import { showProgress } from './terminal-progress.js';
import { readWhole, sizeOf, STANDARD } from './whole-file.js';

interface Flags {
  readonly database: string;
  readonly map?: readonly string[];
  readonly freshStamps?: boolean;
}

/** `topgun-server import [file]`: while no server runs. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'Merges records, each a line of JSON, into a database that no server uses. A SQLite file is created when absent.',
    )
    .argument('[file]', 'what topgun-server export has written, or the like; - is standard input', STANDARD)
    .addOption(databaseOption())
    .addOption(mapsOption())
    .option('--fresh-stamps', 'as if written now: later than whatever is there')
    .action(async (file: string, { database, map, freshStamps }: Flags) => {
      const store = await openStoreAlone(database, 'create');
      const size = await sizeOf(file);
      const progress = size === null ? showProgress('Importing', 'records') : showProgress('Importing', 'bytes');
      let bytes = 0;
      try {
        // Before anything is looked at: a server that is started now ends this, and not the other way round.
        const { epoch, position } = await store.ledger.claim();
        const { lineage, types } = await survey(database, epoch);
        const records = await importRecords({
          lines: textLines(counted(readWhole(file), (length) => (bytes += length))),
          ledger: store.ledger,
          position,
          lineage,
          types,
          hash: await loadXxhash(),
          now: systemClock.now(),
          fresh: freshStamps === true,
          maps: map ?? null,
          // What has been read is a little more than what is imported, but for the last.
          onProgress: (done) => progress.at(size === null ? done : Math.min(bytes, size), size),
        });
        progress.end();
        console.log(`${records} records are merged into the ledger; the next start shows them.`);
      } finally {
        await store.close();
      }
    });
}

async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

async function survey(database: string, epoch: number): Promise<Survey> {
  const reading = await openReading(database);
  try {
    const owner = await reading.owner();
    if (owner === null || owner.epoch !== epoch) throw new OperationFailure(`${reading.name} was taken over.`);
    const surveyed = await surveyDatabase(reading, owner);
    const [first] = surveyed.findings;
    if (first === undefined) return surveyed;
    throw new OperationFailure(`${reading.name} is damaged: ${first.message} Nothing was imported.`);
  } finally {
    await reading.close();
  }
}
