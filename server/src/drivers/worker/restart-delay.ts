/** PI-36: how long to wait before the first, second … start after deaths that lie so near to each other. */
export const RESTART_DELAYS_MS: readonly number[] = [0, 1_000, 5_000, 15_000];
/** A death that is longer ago has no bearing on this one. */
export const DEATHS_COUNT_MS = 60_000;

/**
 * How long to wait until a host that has died is started again; `null`: not at all, since it would die again. `deaths`: when it died,
 * in order, this time the last. The same deaths later by any time come to the same.
 */
export function restartDelay(deaths: readonly number[]): number | null {
  const last = deaths.at(-1);
  if (last === undefined) return 0;
  const near = deaths.filter((at) => at > last - DEATHS_COUNT_MS).length;
  return RESTART_DELAYS_MS[near - 1] ?? null;
}
