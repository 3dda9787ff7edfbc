import type { LwwRecord } from '../../crdt/index.js';
import { ok } from '../../primitives/index.js';
import type { SchemaUpgrade } from '../../schema/index.js';
import type { BaseChange, EarlyReading, Storage, StorageAdapter } from '../ports/storage.js';
import { boundStorage } from './bound-storage.js';

/**
 * SC-11, SC-12: storage whose records, queued and refused ops are of the schema's version, whichever they were written under. Confirmed records that were not are
 * stored anew when their map is loaded, so that what is merged into them later meets what it was made for; ops stay as they are stored until they leave.
 */
export function createUpgradingStorage(storage: Storage, upgrade: SchemaUpgrade): Storage {
  return {
    ...boundStorage(storage),
    async loadMap(map) {
      const loaded = await storage.loadMap(map);
      if (!loaded.ok) return loaded;
      const records = new Map<string, LwwRecord>();
      const changes: BaseChange[] = [];
      for (const [key, record] of loaded.value) {
        const upgraded = upgrade.record(map, record);
        records.set(key, upgraded);
        if (upgraded !== record) changes.push({ type: 'drop', key }, { type: 'merge', key, delta: upgraded });
      }
      // Where it fails it is done again at the next load; who commits next hears of what is wrong with storage.
      if (changes.length > 0) await storage.commit({ base: [{ map, changes }] });
      return ok(records);
    },
    async loadOutbox() {
      const loaded = await storage.loadOutbox();
      return loaded.ok ? ok(loaded.value.map((entry) => ({ ...entry, op: upgrade.op(entry.op) }))) : loaded;
    },
    async loadRejections() {
      const loaded = await storage.loadRejections();
      return loaded.ok ? ok(loaded.value.map((entry) => ({ ...entry, op: upgrade.op(entry.op) }))) : loaded;
    },
    async loadKept() {
      const loaded = await storage.loadKept();
      return loaded.ok ? ok(loaded.value.map((op) => upgrade.op(op))) : loaded;
    },
    async loadView(key) {
      const loaded = await storage.loadView(key);
      // A view of records of another version is of other fields: it is made anew.
      if (!loaded.ok || loaded.value === null) return loaded;
      const map = key.slice(0, key.indexOf('\0'));
      const isCurrent = [...loaded.value.records.values()].every((record) => upgrade.record(map, record) === record);
      return isCurrent ? loaded : ok(null);
    },
  };
}

/** All databases that the adapter opens. */
export const upgradingAdapter = (adapter: StorageAdapter, upgrade: SchemaUpgrade): StorageAdapter => ({
  ...(adapter.prepare === undefined
    ? {}
    : { prepare: (name: string, reading?: EarlyReading) => adapter.prepare?.(name, reading) ?? (() => {}) }),
  async open(name, ahead) {
    const opened = await adapter.open(name, ahead);
    return opened.ok ? ok(createUpgradingStorage(opened.value, upgrade)) : opened;
  },
});
