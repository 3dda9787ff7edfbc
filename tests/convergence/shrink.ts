/** What of a schedule is left out, and whether it still goes wrong. */
export interface ShrinkOptions<T> {
  readonly schedule: readonly T[];
  /** Whether the same oracle still finds something. */
  readonly fails: (schedule: readonly T[]) => Promise<boolean>;
  /** So many attempts at most: what has been reached by then is good enough. */
  readonly maxRuns: number;
}

/**
 * The shortest failing schedule it can find by leaving parts out: first all after the failure, then halves, quarters … down to single
 * decisions. Source of the algorithm: Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input" (2002), complements only.
 */
export async function shrink<T>({ schedule, fails, maxRuns }: ShrinkOptions<T>): Promise<readonly T[]> {
  let shortest = schedule;
  let size = Math.max(1, Math.ceil(schedule.length / 2));
  for (let runs = 0; runs < maxRuns;) {
    const before = shortest.length;
    // From the end: what comes late is needed least often.
    for (let end = shortest.length; end > 0 && runs < maxRuns; end -= size) {
      const shorter = [...shortest.slice(0, Math.max(0, end - size)), ...shortest.slice(end)];
      runs += 1;
      if (await fails(shorter)) shortest = shorter;
    }
    if (shortest.length === before && size === 1) break;
    size = Math.max(1, Math.ceil(Math.min(size, shortest.length) / 2));
  }
  return shortest;
}
