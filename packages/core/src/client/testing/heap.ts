import { cdp } from 'vitest/browser';

/** The part of the DevTools protocol that is needed here; the provider's types know all of it, where it is installed. */
interface DevTools {
  send(method: 'HeapProfiler.collectGarbage'): Promise<void>;
  send(method: 'Runtime.getHeapUsage'): Promise<{ readonly usedSize: number }>;
}

const devTools = (): DevTools => cdp() as unknown as DevTools;

/** Collects everything that nobody can reach. In a page of Chromium. */
export async function collectGarbage(): Promise<void> {
  // A WeakRef that was made or looked at keeps its target until the end of the turn; finalizers run after a collection and free more.
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    await devTools().send('HeapProfiler.collectGarbage');
  }
}

/** Of what these stand for, how many are still there. */
export function countAlive(refs: readonly WeakRef<object>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

/**
 * By how many bytes the heap grows with a round, at least: a low one of the later half of the rounds. What fills once, and code that is compiled
 * or thrown away, makes the first rounds grow, and single ones grow or shrink; what leaks makes every one grow.
 */
export async function heapGrowth(rounds: number, round: () => Promise<void>): Promise<number> {
  const sizes: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    await round();
    await collectGarbage();
    sizes.push((await devTools().send('Runtime.getHeapUsage')).usedSize);
  }
  const growths = sizes.slice(1).map((size, i) => size - (sizes[i] as number));
  const later = growths.slice(Math.floor(growths.length / 2)).toSorted((a, b) => a - b);
  return later[Math.floor(later.length / 4)] as number;
}
