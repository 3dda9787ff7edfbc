import type { MapBytes } from '../../ports/partition-host.js';

/** PI-49: what the records of maps with a quota take in several hosts together. */
export class JointQuotas {
  readonly #quotas: ReadonlyMap<string, number>;
  readonly #bytes: readonly Map<string, number>[];
  readonly #full = new Set<string>();

  constructor(quotas: ReadonlyMap<string, number>, members: number) {
    this.#quotas = quotas;
    this.#bytes = Array.from({ length: members }, () => new Map());
  }

  /** Hosts say what their records take now. Answers which maps are full since, and which no longer. */
  take(
    said: Iterable<readonly [member: number, mapBytes: readonly MapBytes[]]>,
  ): (readonly [map: string, isFull: boolean])[] {
    const maps = new Set<string>();
    for (const [member, mapBytes] of said) {
      for (const [map, bytes] of mapBytes) {
        this.#bytes[member]!.set(map, bytes);
        maps.add(map);
      }
    }
    return [...maps].flatMap((map) => {
      const isFull = this.#bytesOf(map) >= (this.#quotas.get(map) ?? Infinity);
      if (isFull === this.#full.has(map)) return [];
      if (isFull) this.#full.add(map);
      else this.#full.delete(map);
      return [[map, isFull] as const];
    });
  }

  /** What a host has said when it started. It may have said something later, which was heard before. */
  begin(member: number, mapBytes: readonly MapBytes[]): void {
    const own = this.#bytes[member]!;
    this.take([[member, mapBytes.filter(([map]) => !own.has(map))]]);
  }

  /** The maps that are full. */
  get full(): ReadonlySet<string> {
    return this.#full;
  }

  #bytesOf(map: string): number {
    return this.#bytes.reduce((sum, own) => sum + (own.get(map) ?? 0), 0);
  }
}
