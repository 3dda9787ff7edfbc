import { systemClock, systemTimers } from './adapters/system-environment.js';
import type { ServerConfig } from './config.js';
import { openModels } from './drivers/models/open-models.js';
import type { ServedModels } from './service.js';
import type { MappedMaps } from './services/models/mapped-maps.js';
import { ModelFaults } from './services/models/model-faults.js';
import { StartError } from './start-error.js';

/** MO-1: the maps that are tables, and what a server says of them. Throws a `StartError`. */
export async function serveModels({
  models,
  logger,
  workers,
}: ServerConfig): Promise<{ readonly maps: MappedMaps; readonly served: ServedModels }> {
  if (workers > 0 && Object.keys(models).length > 0) {
    throw new StartError('models', 'The option models cannot be given to a worker thread: leave workers at 0.');
  }
  const faults = new ModelFaults((fault) => logger.warn('a map and its table differ', { ...fault }));
  const opened = await openModels(models, { faults, clock: systemClock, timers: systemTimers, log: logger });
  if (!opened.ok) throw new StartError('models', opened.error);
  const maps = opened.value;
  return {
    maps,
    served: {
      refresh: (map, keys, removesMost) => maps.refresh(map, keys, removesMost),
      stop: () => maps.stop(),
      get faults() {
        return faults.list;
      },
    },
  };
}
