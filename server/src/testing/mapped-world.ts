import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import { isPlainObject, type Hash64, type Value } from '@topgun/core/primitives';
import type { SchemaDefinition } from '@topgun/core/schema';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import type { Cell } from '../ports/model-table.js';
import type { Column } from '../services/models/columns.js';
import type { RefreshReport } from '../services/models/map-refresh.js';
import { MappedMap } from '../services/models/mapped-map.js';
import { MappedMaps } from '../services/models/mapped-maps.js';
import { ModelFaults } from '../services/models/model-faults.js';
import { createMemoryModelTable, type MemoryModelTable } from './memory-model-table.js';
import { settle, startTestHost, type TestHost } from './test-host.js';
import { TestSubmitter } from './test-submitter.js';

const NOW = 1_700_000_000_000;
export const FIELDS = ['x', 'y'] as const;
const COLUMNS = FIELDS.map((name): Column => {
  return { field: name, column: name, type: 'Int', asNumber: false, isOptional: true };
});

/** A server, its clients, and a table that others write too. */
export class MappedWorld {
  readonly #hash: Hash64;
  readonly disk: MemoryDisk = createMemoryDisk();
  readonly clock = { now: NOW };
  readonly table: MemoryModelTable;
  readonly tellsTime: boolean;
  schema: SchemaDefinition | undefined;
  /** Of servers started from now on. */
  pollMs: number | null = null;
  maxRows = 50_000;
  /** Whether the next server is told that the map is a table. */
  isMapped = true;
  running!: TestHost;
  maps!: MappedMaps;
  faults!: ModelFaults;
  #client!: TestSubmitter;
  #seq = 0;
  #starts = 0;

  constructor(hash: Hash64, tellsTime: boolean) {
    this.#hash = hash;
    this.tellsTime = tellsTime;
    this.table = createMemoryModelTable(FIELDS.length, () => (tellsTime ? this.clock.now : null));
  }

  async start(): Promise<void> {
    this.#starts += 1;
    this.faults = new ModelFaults(() => undefined);
    this.running = await startTestHost({
      disk: this.disk,
      hash: this.#hash,
      maxRows: this.maxRows,
      ...(this.schema === undefined ? {} : { schema: this.schema }),
      now: this.clock.now,
      models: (parts) => {
        const map = new MappedMap({
          ...parts,
          mapping: { map: 'todos', columns: COLUMNS },
          table: this.table,
          pollMs: this.pollMs,
          compareMs: null,
          overlap: 0,
          faults: this.faults,
        });
        this.maps = new MappedMaps(new Map(this.isMapped ? [['todos', map]] : []));
        return this.maps;
      },
    });
    this.#seq = 0;
    this.#client = new TestSubmitter(`c${this.#starts}.0` as ReplicaId, this.running.host, this.#hash);
    this.running.host.onEvent((event) => this.#client.hear(event));
    await settle();
  }

  tick(): void {
    this.clock.now += 10;
    this.running.clock.now = this.clock.now;
  }

  submit(kind: 'create' | 'restart' | 'remove', key: string, field: string, value: number, ageMs: number): void {
    this.#seq += 1;
    const replica = this.#client.replica;
    const stamp = encodeStamp({ millis: this.clock.now - ageMs, counter: 0, replica });
    const place = { replica, seq: this.#seq, stamp, map: 'todos', key };
    const op: Op =
      kind === 'remove'
        ? { ...place, kind }
        : { ...place, kind: 'create', fields: [{ name: field, value }], restart: kind === 'restart' };
    this.#client.submit(op);
  }

  /** Lets all that is written behind be written. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) {
      this.running.timers.runAll();
      await settle();
      await settle();
    }
  }

  async refresh(keys: readonly string[] | null, removesMost = true): Promise<RefreshReport | null> {
    const report = this.maps.refresh('todos', keys, removesMost);
    for (let turn = 0; turn < 30; turn += 1) await settle();
    return report;
  }

  /** Without a drain: what was not written yet is in the ledger alone. */
  async crash(): Promise<void> {
    await this.running.host.stop();
    await this.start();
  }

  async map(): Promise<Record<string, Record<string, Cell>>> {
    const found: Record<string, Record<string, Cell>> = {};
    for (const { key, value } of await this.running.coldStore.rows('todos')) {
      if (value === null) continue;
      const parsed = JSON.parse(value) as Value;
      if (isPlainObject(parsed)) found[key] = parsed as Record<string, Cell>;
    }
    return found;
  }

  rows(): Record<string, Record<string, Cell>> {
    const found: Record<string, Record<string, Cell>> = {};
    for (const { key, cells } of this.table.rows.values()) {
      found[key] = {};
      for (const [place, name] of FIELDS.entries()) if (cells[place] !== null) found[key]![name] = cells[place]!;
    }
    return found;
  }

  /** Looks at everything, and writes everything, until nothing is left to be done. */
  async settleAll(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await this.quiet();
      await this.refresh(null);
    }
    await this.quiet();
  }
}
