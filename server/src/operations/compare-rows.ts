import { canonicalRecord, decodeRecord, mergeRecords, type LwwRecord } from '@topgun/core/crdt';
import { EMPTY_DIGEST, exchangeRow, recordHash, sameDigest, type Digest } from '@topgun/core/merkle';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { ColdRow } from '../ports/cold-store.js';
import { toColdRow } from '../services/persistence/cold-row.js';
import type { Finding } from './finding.js';
import { nameOf, type StoredState } from './stored-state.js';

/** A map's records on one side and its rows on the other: the root of the Merkle tree of each, of what must be the same by now. */
export interface MapRoots {
  readonly map: string;
  readonly records: Digest;
  readonly rows: Digest;
  /** Records that may still differ from their rows, or have none yet. */
  readonly lagging: number;
}

export interface ComparedWith {
  readonly state: StoredState;
  readonly hash: Hash64;
  /** The last position in the ledger. */
  readonly end: number;
  /** Whether the row may be older than the record. */
  readonly isLagging: (partition: number, map: string, key: string) => boolean;
  /** Whether anything of the record was forgotten: an older row says more then. */
  readonly isForgotten: (map: string, key: string) => boolean;
}

/** PI-41: one map's rows beside its records. Call `row` for each row, then `end`. */
export class MapComparison {
  readonly #map: string;
  readonly #with: ComparedWith;
  readonly #unseen = new Map<string, number>();
  #records: Digest = EMPTY_DIGEST;
  #rows: Digest = EMPTY_DIGEST;
  #lagging = 0;
  #found = false;

  constructor(map: string, compared: ComparedWith) {
    this.#map = map;
    this.#with = compared;
    for (const [partition, key] of compared.state.keys(map)) this.#unseen.set(key, partition);
  }

  row(row: ColdRow): readonly Finding[] {
    const { state, hash, end, isLagging } = this.#with;
    const { key } = row;
    const name = nameOf(this.#map, key);
    this.#unseen.delete(key);
    const findings: Finding[] = [];
    if (row.position > end) {
      const message = `The row of ${name} is of position ${row.position}, and the ledger ends at ${end}.`;
      findings.push({ code: 'row-ahead', message });
    }
    const stored = storedRecord(row);
    if (stored === null) {
      findings.push({ code: 'row-differs', message: `The row of ${name} holds no record in its column state.` });
    } else if (!isShownAs(stored, row)) {
      findings.push({ code: 'row-value', message: `The row of ${name} does not show what its own column state says.` });
    }
    const partition = partitionOf(hash, this.#map, key);
    const record = state.record(partition, this.#map, key);
    const lags = isLagging(partition, this.#map, key);
    if (lags) this.#lagging += 1;
    else {
      if (record !== undefined) this.#records = withRow(this.#records, hash, key, record);
      if (stored !== null) this.#rows = withRow(this.#rows, hash, key, stored);
    }
    if (record === undefined) {
      if (!lags) findings.push({ code: 'row-extra', message: `There is a row of ${name} and no such record.` });
    } else if (stored !== null && !this.#agrees(record, stored, row, lags)) {
      const message = `The row of ${name} differs from the record: it has ${row.state}, and the record is ${canonicalRecord(record)}.`;
      findings.push({ code: 'row-differs', message });
    }
    this.#found ||= findings.length > 0;
    return findings;
  }

  end(): { readonly roots: MapRoots; readonly findings: readonly Finding[] } {
    const { state, hash, isLagging } = this.#with;
    const findings: Finding[] = [];
    for (const [key, partition] of this.#unseen) {
      if (isLagging(partition, this.#map, key)) {
        this.#lagging += 1;
        continue;
      }
      const record = state.record(partition, this.#map, key);
      if (record !== undefined) this.#records = withRow(this.#records, hash, key, record);
      findings.push({ code: 'row-missing', message: `Record ${nameOf(this.#map, key)} has no row.` });
    }
    const roots = { map: this.#map, records: this.#records, rows: this.#rows, lagging: this.#lagging };
    // The two ways to tell must agree: if they do not, this comparison itself has overlooked something.
    if (!this.#found && findings.length === 0 && !sameDigest(roots.records, roots.rows)) {
      findings.push({ code: 'roots-differ', message: `The Merkle roots of ${this.#map} differ.` });
    }
    return { roots, findings };
  }

  #agrees(record: LwwRecord, stored: LwwRecord, row: ColdRow, lags: boolean): boolean {
    if (canonicalRecord(record) === row.state) return true;
    if (!lags) return false;
    return this.#with.isForgotten(this.#map, row.key) || mergeRecords(record, stored) === record;
  }
}

const withRow = (digest: Digest, hash: Hash64, key: string, record: LwwRecord): Digest =>
  exchangeRow(digest, null, recordHash(hash, key, record));

function storedRecord({ state }: ColdRow): LwwRecord | null {
  if (state === null) return null;
  try {
    const decoded = decodeRecord(JSON.parse(state));
    return decoded.ok ? decoded.value : null;
  } catch {
    return null;
  }
}

function isShownAs(record: LwwRecord, { map, key, position, value, deleted }: ColdRow): boolean {
  const shown = toColdRow({ map, key, after: record }, position);
  return shown.value === value && shown.deleted === deleted;
}
