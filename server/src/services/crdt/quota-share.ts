import type { MapBytes } from '../../ports/partition-host.js';
import { MapQuotas, quotaRefusal, type Quotas } from './map-quotas.js';
import { roughSize } from './record-size.js';
import type { LwwRecord } from '@topgun/core/crdt';
import type { Refusal } from './verdict.js';

/**
 * PI-49: the quotas of maps in a host that has but some of their records. Says what these take, and is told which maps are full: that is known where the hosts
 * are joined.
 */
export class QuotaShare implements Quotas {
  readonly #quotas: ReadonlyMap<string, number>;
  readonly #state: { bytesOfMap(map: string): number };
  readonly #told = new Map<string, number>();
  readonly #full = new Set<string>();

  constructor(quotas: ReadonlyMap<string, number>, state: { bytesOfMap(map: string): number }) {
    this.#quotas = quotas;
    this.#state = state;
  }

  fill(map: string, isFull: boolean): void {
    if (isFull) this.#full.add(map);
    else this.#full.delete(map);
  }

  /** What maps with a quota take here, as far as that is another than was said last. Of those among `maps`; left out, of all. */
  news(maps: ReadonlySet<string> = new Set(this.#quotas.keys())): readonly MapBytes[] {
    const news: MapBytes[] = [];
    for (const map of maps) {
      if (!this.#quotas.has(map)) continue;
      const bytes = this.#state.bytesOfMap(map);
      if (bytes === (this.#told.get(map) ?? 0)) continue;
      this.#told.set(map, bytes);
      news.push([map, bytes]);
    }
    return news;
  }

  refuses(map: string, before: LwwRecord | undefined, after: LwwRecord): Refusal | null {
    const quota = this.#quotas.get(map);
    if (quota === undefined || !this.#full.has(map)) return null;
    return before !== undefined && roughSize(after) <= roughSize(before) ? null : quotaRefusal(map, quota);
  }
}

/** Those of a host that is alone, or those of one of several. */
export function createQuotas(
  quotas: ReadonlyMap<string, number> | undefined,
  state: { bytesOfMap(map: string): number },
  isShared: boolean,
): { readonly quotas: MapQuotas | null; readonly share: QuotaShare | null } {
  if (quotas === undefined || quotas.size === 0) return { quotas: null, share: null };
  return isShared
    ? { quotas: null, share: new QuotaShare(quotas, state) }
    : { quotas: new MapQuotas(quotas, state), share: null };
}
