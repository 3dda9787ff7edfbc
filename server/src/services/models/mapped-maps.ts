import type { ColdRow, ColdStore } from '../../ports/cold-store.js';
import type { RecordWrite } from '../persistence/cold-row.js';
import type { WriteBehind } from '../persistence/write-behind.js';
import { MODELS_MAP, refusedMark } from './kept-marks.js';
import type { RefreshReport } from './map-refresh.js';
import type { MappedMap } from './mapped-map.js';
import type { ModelHost } from './model-host.js';

/** MO-1: all maps that are tables, between what writes behind and the cold store. */
export class MappedMaps {
  readonly #maps: ReadonlyMap<string, MappedMap>;
  #isReplayed = false;

  constructor(maps: ReadonlyMap<string, MappedMap>) {
    this.#maps = maps;
  }

  get isEmpty(): boolean {
    return this.#maps.size === 0;
  }

  /** What is written to the cold store is written to the tables before: so where that stands, they stand too, and after a crash both get the rest (PI-4). */
  coldStore(store: ColdStore): ColdStore {
    return {
      through: () => store.through(),
      rows: (map) => store.rows(map),
      close: () => store.close(),
      write: async (rows, through) => {
        await this.#write(rows);
        await store.write(rows, through);
      },
    };
  }

  /** Notes of each record that is to be written what it was. */
  writeBehind(behind: WriteBehind): WriteBehind {
    return {
      resume: () => behind.resume(),
      add: (position, writes) => {
        this.#note(writes, !this.#isReplayed);
        behind.add(position, writes);
      },
      hold: () => {
        const held = behind.hold();
        return {
          addLate: (position, writes) => {
            this.#note(writes, true);
            held.addLate(position, writes);
          },
          release: () => held.release(),
        };
      },
      get hasRoom() {
        return behind.hasRoom;
      },
      room: () => behind.room(),
      hurry: () => behind.hurry(),
      flush: () => behind.flush(),
      get lag() {
        return behind.lag;
      },
      stop: () => behind.stop(),
    };
  }

  /** The ledger is replayed: what is written from now on is new. */
  async begin(host: ModelHost): Promise<void> {
    this.#isReplayed = true;
    if (!(await host.need(MODELS_MAP, null))) {
      for (const map of this.#maps.values()) map.abandon('what is known of its table cannot be read');
      return;
    }
    const marks = new Set(host.marks());
    await host.mark(staleMarks(marks, new Set(this.#maps.keys())), false);
    for (const [name, map] of this.#maps) {
      const before = refusedMark(name, '');
      const refused = [...marks].filter((mark) => mark.startsWith(before)).map((mark) => mark.slice(before.length));
      map.begin(host, marks.has(name), refused);
    }
  }

  /** `null`: there is no such map. */
  refresh(map: string, keys: readonly string[] | null, removesMost: boolean): Promise<RefreshReport> | null {
    return this.#maps.get(map)?.refresh(keys, removesMost) ?? null;
  }

  /** MO-8: the maps whose tables did not answer who asked them last. */
  get outOfReach(): readonly string[] {
    return [...this.#maps].flatMap(([name, { isOutOfReach }]) => (isOutOfReach ? [name] : []));
  }

  /** Looks at no table any more; what is still to be written to them is. */
  async stop(): Promise<void> {
    await Promise.all([...this.#maps.values()].map((map) => map.stop()));
  }

  async #write(rows: readonly ColdRow[]): Promise<void> {
    for (const [name, map] of this.#maps) {
      const own = rows.filter((row) => row.map === name);
      if (own.length > 0) await map.write(own);
    }
  }

  #note(writes: readonly RecordWrite[], isOwed: boolean): void {
    for (const write of writes) {
      const known = this.#maps.get(write.map)?.known;
      if (known === undefined) continue;
      if ('before' in write) known.changed(write.key, write.before, isOwed);
      else if (isOwed) known.forget(write.key);
    }
  }
}

/** MO-7: of maps that are no tables any more. When they are again, they are compared as for the first time. */
const staleMarks = (marks: ReadonlySet<string>, maps: ReadonlySet<string>): readonly string[] =>
  [...marks].filter((mark) => !maps.has(mark.split(' ', 1)[0] ?? ''));
