import { canonicalJson, fnv1a64 } from '@topgun/core/primitives';
import type { SchemaDefinition } from '@topgun/core/schema';
import type { Logger } from '../../ports/environment.js';
import type { IndexStore } from '../../ports/index-store.js';
import type { KeptIndexes } from './searches.js';

/**
 * SE-46: what indexes are called where they are kept: by map, and by what makes one of no use for another: the history, the definition with its tokenizer and stemmer, and the
 * version of the map's schema, which may make other texts of the same records.
 */
export function keptIndexes(
  options: { readonly indexStore?: IndexStore; readonly schema?: SchemaDefinition; readonly log: Logger },
  history: { readonly lineage: string },
): KeptIndexes | null {
  const { indexStore: store, log, schema } = options;
  if (store === undefined) return null;
  return (map, fingerprint) => ({
    store,
    name: () => ({
      subject: fnv1a64(map),
      kind: fnv1a64(canonicalJson([history.lineage, fingerprint, schema?.of(map)?.version ?? 0])),
    }),
    log: (message, reason) =>
      log.warn(message, { map, reason: reason instanceof Error ? reason.message : String(reason) }),
  });
}
