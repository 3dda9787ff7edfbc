import { encodeRecord, SERVER_REPLICA } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Ledger } from '../ports/ledger.js';
import { encodeSegment } from '../services/persistence/segment-codec.js';
import type { MergedRecord, SegmentEntry } from '../services/persistence/segment.js';
import { OperationFailure } from './operation-failure.js';
import { RecordLines, type ImportedRecord, type LineReading } from './record-line.js';

export interface ImportOptions extends LineReading {
  readonly lines: AsyncIterable<string>;
  /** Claimed, and nobody else's. */
  readonly ledger: Pick<Ledger, 'append'>;
  /** The last in it. */
  readonly position: number;
  /** The name of the history. */
  readonly lineage: string;
  readonly hash: Hash64;
  /** `null`: the records of all maps. */
  readonly maps: readonly string[] | null;
  /** How many records are in the ledger. */
  readonly onProgress?: (records: number) => void;
}

/** Of one segment. A server holds up what comes in meanwhile for about so long, so it makes no difference to a replay. */
const SEGMENT_RECORDS = 500;
const SEGMENT_CHARACTERS = 1_000_000;

/**
 * PI-42: appends the records to the ledger, some hundred a segment, to be merged (CR-8) into what is there by whoever reads it next: the same again adds nothing. Holds one segment's worth.
 * Returns how many there were. Throws an `OperationFailure` at the first line that is no record; those before it are imported.
 */
export async function importRecords(options: ImportOptions): Promise<number> {
  const { lines, maps, onProgress } = options;
  const reader = new RecordLines(options);
  let waiting: ImportedRecord[] = [];
  let characters = 0;
  let number = 0;
  let imported = 0;
  let { position } = options;
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await append(options, waiting, (position += 1));
    imported += waiting.length;
    [waiting, characters] = [[], 0];
    onProgress?.(imported);
  };
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const read = reader.read(line);
    if (!read.ok) {
      await flush();
      throw new OperationFailure(`Line ${number} cannot be imported: ${read.error}. ${soFar(imported)}`);
    }
    if (maps !== null && !maps.includes(read.value.map)) continue;
    waiting.push(read.value);
    characters += line.length;
    if (waiting.length === SEGMENT_RECORDS || characters > SEGMENT_CHARACTERS) await flush();
  }
  await flush();
  return imported;
}

function soFar(imported: number): string {
  if (imported === 0) return 'Nothing was imported.';
  const those = imported === 1 ? 'The one record before it was' : `The ${imported} records before it were`;
  return `${those}; to import them again changes nothing.`;
}

async function append(
  { ledger, lineage, hash }: ImportOptions,
  records: readonly ImportedRecord[],
  position: number,
): Promise<void> {
  const byPartition = new Map<number, MergedRecord[]>();
  for (const { map, key, record } of records) {
    const partition = partitionOf(hash, map, key);
    const merged = byPartition.get(partition) ?? [];
    byPartition.set(partition, merged);
    merged.push([map, key, encodeRecord(record)]);
  }
  const entries: SegmentEntry[] = [...byPartition].map(([partition, merged]) => ({
    partition,
    replica: SERVER_REPLICA,
    ops: [],
    merged,
  }));
  const outcome = await ledger.append(encodeSegment({ lineage, position, entries }));
  if (outcome.type === 'committed') return;
  const reason = outcome.type === 'fenced' ? 'a server has been started on the database meanwhile' : outcome.reason;
  throw new OperationFailure(`The records could not be written: ${reason}.`);
}
