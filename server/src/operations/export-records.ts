import { decodeRecord, isVisible, type LwwRecord } from '@topgun/core/crdt';
import type { ColdRow } from '../ports/cold-store.js';
import type { DatabaseReading } from '../ports/database-reading.js';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { LateChanges } from './late-changes.js';
import { OperationFailure } from './operation-failure.js';
import { recordToLine } from './record-line.js';

export interface ExportOptions {
  readonly reading: DatabaseReading;
  /** `null`: all of them. */
  readonly maps: readonly string[] | null;
  /** Those that are removed too, so that they are removed where they are imported. */
  readonly removed: boolean;
  /** How many rows of how many are read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * PI-42: every record as a line of JSON, as it was at the moment of the reading: from the rows, in the order of maps and keys, with what the log says later. Holds no more than some rows, and what is
 * late. Throws an `OperationFailure` where the rows lack what the log has given up.
 */
export async function* exportRecords(options: ExportOptions): AsyncIterable<string> {
  const { reading, maps } = options;
  const late = await readLate(reading);
  const { rows: total } = await reading.extent();
  let done = 0;
  let current: string | null = null;
  const isWanted = (map: string): boolean => !isSystemMap(map) && (maps === null || maps.includes(map));
  const line = (map: string, key: string, record: LwwRecord | undefined): string | null =>
    record === undefined || (!options.removed && !isVisible(record)) ? null : `${recordToLine(map, key, record)}\n`;
  function* rest(map: string): Iterable<string> {
    for (const [key, record] of late.rest(map)) {
      const written = line(map, key, record);
      if (written !== null) yield written;
    }
  }

  for await (const chunk of rowsOf(reading, maps)) {
    for (const row of chunk) {
      const { map, key, position } = row;
      if (!isWanted(map)) continue;
      if (current !== null && current !== map) yield* rest(current);
      current = map;
      const written = line(map, key, late.take(map, key, stored(row), position));
      if (written !== null) yield written;
    }
    done += chunk.length;
    options.onProgress?.(done, Math.max(done, total));
  }
  for (const map of late.maps()) if (isWanted(map)) yield* rest(map);
}

async function* rowsOf(reading: DatabaseReading, maps: readonly string[] | null): AsyncIterable<readonly ColdRow[]> {
  if (maps === null) yield* reading.rows();
  else for (const map of [...new Set(maps)].sort()) yield* reading.rows(map);
}

async function readLate(reading: DatabaseReading): Promise<LateChanges> {
  const through = await reading.through();
  const progress = await reading.snapshotProgress();
  if ((progress?.through ?? 0) > through) {
    throw new OperationFailure(
      `The rows of ${reading.name} are behind what its log still has, as after a restore; start the server on it once, which writes them.`,
    );
  }
  const late = new LateChanges();
  for await (const chunk of reading.segments()) {
    for (const { position, bytes } of chunk) {
      if (position <= through) continue;
      const segment = decodeSegment(bytes, position);
      if (!segment.ok) throw damaged(reading, `segment ${position}: ${segment.error.reason}`);
      late.note(segment.value, position);
    }
  }
  return late;
}

function stored(row: ColdRow): LwwRecord {
  const state: unknown = JSON.parse(row.state ?? 'null');
  const decoded = decodeRecord(state);
  if (!decoded.ok) throw new Error(`the row ${JSON.stringify(row.key)} of ${row.map} holds no record`);
  return decoded.value;
}

const damaged = (reading: DatabaseReading, reason: string): OperationFailure =>
  new OperationFailure(`${reading.name} is damaged (${reason}); \`topgun-server verify\` says all that is wrong.`);
