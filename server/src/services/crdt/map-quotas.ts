import type { LwwRecord } from '@topgun/core/crdt';
import { roughSize } from './record-size.js';
import { refusal, type Refusal } from './verdict.js';

/** PI-49: what the records of some maps may take. */
export interface Quotas {
  /** `null`: the record may become that. What makes it no larger may be written always. */
  refuses(map: string, before: LwwRecord | undefined, after: LwwRecord): Refusal | null;
}

export const quotaRefusal = (map: string, quota: number): Refusal =>
  refusal('too-large', `The map ${JSON.stringify(map)} holds as much as it may: ${quota} bytes.`);

/** PI-49: the quotas of maps all of whose records are here, and whether they are full. Knows what is committed: what one commit adds comes on top. */
export class MapQuotas implements Quotas {
  readonly #quotas: ReadonlyMap<string, number>;
  readonly #state: { bytesOfMap(map: string): number };
  /** Of maps that were asked about since the last commit. */
  readonly #isFull = new Map<string, boolean>();

  constructor(quotas: ReadonlyMap<string, number>, state: { bytesOfMap(map: string): number }) {
    this.#quotas = quotas;
    this.#state = state;
  }

  /** There was a commit. */
  note(): void {
    this.#isFull.clear();
  }

  refuses(map: string, before: LwwRecord | undefined, after: LwwRecord): Refusal | null {
    const quota = this.#quotas.get(map);
    if (quota === undefined || !this.#isFullNow(map, quota)) return null;
    if (before !== undefined && roughSize(after) <= roughSize(before)) return null;
    return quotaRefusal(map, quota);
  }

  #isFullNow(map: string, quota: number): boolean {
    let isFull = this.#isFull.get(map);
    if (isFull === undefined) this.#isFull.set(map, (isFull = this.#state.bytesOfMap(map) >= quota));
    return isFull;
  }
}
