import type { IndexName, IndexStore } from '../ports/index-store.js';

/** Keeps indexes in a map, which outlives it: for tests and the simulator. */
export function createMemoryIndexStore(
  kept: Map<string, { readonly kind: string; readonly parts: readonly string[] }>,
): IndexStore {
  return {
    async *read({ subject, kind }: IndexName) {
      await Promise.resolve();
      const found = kept.get(subject);
      if (found?.kind === kind) yield* found.parts;
    },
    async write({ subject, kind }, parts) {
      const taken: string[] = [];
      for await (const part of parts) taken.push(part);
      kept.set(subject, { kind, parts: taken });
    },
  };
}
