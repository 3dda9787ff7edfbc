import { applyOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { heldAtStart, type Hash64, type Value } from '@topgun/core/primitives';
import type { RecordChange } from '../services/crdt/overlay.js';
import type { RecordSource } from '../services/query/record-source.js';
import { OpAuthor } from './op-author.js';

export interface MapWrite {
  readonly kind: 'create' | 'patch' | 'remove' | 'restart';
  readonly map: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, Value>>;
}

/** The records of several maps by the plainest means, and commits to them. */
export class MapWorld implements RecordSource {
  readonly hash: Hash64;
  readonly maps = new Map<string, Map<string, LwwRecord>>();
  commits = 0;
  readonly #author = new OpAuthor('r.0', () => 0n);

  constructor(hash: Hash64 = () => 0n) {
    this.hash = hash;
  }

  position(): number {
    return this.commits;
  }

  read(map: string) {
    return (key: string): LwwRecord | undefined => this.maps.get(map)?.get(key);
  }

  records(map: string): Iterable<readonly [string, LwwRecord]> {
    return heldAtStart(this.maps.get(map) ?? new Map<string, LwwRecord>());
  }

  size(map: string): number {
    return this.maps.get(map)?.size ?? 0;
  }

  /** Makes the writes one commit, and says what it changed. What cannot be written is passed over. */
  commit(writes: readonly MapWrite[]): RecordChange[] {
    this.commits += 1;
    const changed = new Map<string, RecordChange>();
    for (const { kind, map, key, fields } of writes) {
      const before = this.read(map)(key);
      if (before === undefined && (kind === 'patch' || kind === 'remove')) continue;
      const after = applyOp(before ?? EMPTY_RECORD, this.#op(kind, map, key, fields));
      const records = this.maps.get(map) ?? new Map<string, LwwRecord>();
      this.maps.set(map, records.set(key, after));
      const place = `${map}\0${key}`;
      changed.set(place, { partition: 0, map, key, before: (changed.get(place) ?? { before }).before, after });
    }
    return [...changed.values()];
  }

  #op(kind: MapWrite['kind'], map: string, key: string, fields: MapWrite['fields']) {
    if (kind === 'remove') return this.#author.remove(map, key);
    if (kind === 'patch') return this.#author.patch(map, key, fields);
    return this.#author.create(map, key, fields, kind === 'restart');
  }
}
