import type { Logger } from '../../ports/environment.js';
import { MODELS_MAP } from '../../services/models/kept-marks.js';
import { MappedMaps } from '../../services/models/mapped-maps.js';
import type { OpLimits } from '../../op-pipeline/op-pipeline.js';
import { createModelHost, type ModelHostParts } from './create-model-host.js';

export interface BeginModelsOptions extends Pick<
  ModelHostParts,
  'hash' | 'clock' | 'writeBehind' | 'schema' | 'resolvers'
> {
  /** MO-1: the maps that are tables. Left out: none. */
  readonly models?: MappedMaps;
  readonly limits: OpLimits;
  readonly journal?: { readonly keeps: (map: string) => boolean };
  readonly log: Logger;
}

/** MO-7: has the maps that are tables kept the same as those. A server without any sees to it that this is known later. */
export function beginModels(
  options: BeginModelsOptions,
  host: Pick<ModelHostParts, 'state' | 'pipeline' | 'loader'>,
): void {
  const models = options.models ?? new MappedMaps(new Map());
  if (models.isEmpty && host.state.size(MODELS_MAP) === 0) return;
  const { limits, hash, clock, writeBehind, schema, resolvers } = options;
  const begun = models.begin(
    createModelHost({
      ...host,
      hash,
      clock,
      writeBehind,
      schema,
      resolvers,
      keyBytes: limits.keyBytes,
      recordBytes: limits.recordBytes,
      keeps: options.journal?.keeps ?? (() => false),
    }),
  );
  begun.catch((error: unknown) =>
    options.log.error('the maps could not be bound to their tables', { error: String(error) }),
  );
}
