const BAR = 24;

/** One line that says how far something has come. `total` may be less than what comes, where more comes while it runs; `null`: nobody knows. */
export function progressLine(what: string, done: number, total: number | null, unit: string): string {
  const counted = done.toLocaleString('en-US');
  if (total === null) return `${what}  ${counted} ${unit}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * BAR);
  const bar = '█'.repeat(full) + '░'.repeat(BAR - full);
  return `${what}  ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${counted} of ${total.toLocaleString('en-US')} ${unit}`;
}
