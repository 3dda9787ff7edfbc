import type { Clock, Logger, Timers } from '../../ports/environment.js';
import { err, isMapName, ok, type Result } from '@topgun/core/primitives';
import { isSystemMap } from '../../services/crdt/replica-owners.js';
import type { ModelFaults } from '../../services/models/model-faults.js';
import { MappedMap } from '../../services/models/mapped-map.js';
import { MappedMaps } from '../../services/models/mapped-maps.js';
import type { Models } from '../../services/models/model.js';
import { lastLine } from './prisma-errors.js';
import { prismaColumns } from './prisma-columns.js';
import { createPrismaModelTable } from './prisma-model-table.js';

export interface OpenModelsParts {
  readonly faults: ModelFaults;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** A time may be written some seconds after it was taken, when its transaction ends; so may a number. */
const OVERLAP_MS = 10_000;
const OVERLAP_COUNT = 1_000;

/** MO-1: looks whether each map can be the table that it is said to be; else a sentence that says of the first why not. */
export async function openModels(models: Models, parts: OpenModelsParts): Promise<Result<MappedMaps, string>> {
  const maps = new Map<string, MappedMap>();
  for (const [map, bound] of Object.entries(models)) {
    const cannot = (why: string): Result<never, string> =>
      err(`The map ${JSON.stringify(map)} cannot be a table: ${why}.`);
    if (!isMapName(map) || isSystemMap(map)) return cannot('it has no name of a map');
    const columns = prismaColumns(map, bound);
    if (!columns.ok) return cannot(columns.error);
    const table = createPrismaModelTable(bound.delegate, columns.value, parts.clock);
    const checked = await table.check().catch((error: unknown) => err(`it cannot be read (${lastLine(error)})`));
    if (!checked.ok) return cannot(checked.error);
    const { counter, pollMs = null, compareMs = null } = bound.options;
    const overlap = counter === undefined ? OVERLAP_MS : OVERLAP_COUNT;
    maps.set(map, new MappedMap({ ...parts, mapping: columns.value.mapping, table, pollMs, compareMs, overlap }));
  }
  return ok(new MappedMaps(maps));
}
