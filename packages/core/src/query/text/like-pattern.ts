/** A `like` pattern taken apart. Between two runs lies one `%`; without any there is one run. */
export type LikePattern = readonly LikeRun[];

/** Characters in a row; `null` is any one. */
export type LikeRun = readonly (string | null)[];

/** `null` for a pattern that ends in the middle of an escape. */
export function readLike(pattern: string): LikePattern | null {
  const runs: LikeRun[] = [];
  let run: (string | null)[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === '\\') {
      escaped = true;
      continue;
    }
    if (escaped || (character !== '%' && character !== '_')) run.push(character);
    else if (character === '_') run.push(null);
    else {
      runs.push(run);
      run = [];
    }
    escaped = false;
  }
  runs.push(run);
  return escaped ? null : runs;
}

/** The one way to write a pattern: of wildcards in a row, those for one character first and then one for any run. */
export function writeLike(pattern: LikePattern): string {
  let text = '';
  let wildcards = '';
  for (const [i, run] of pattern.entries()) {
    if (i > 0 && !wildcards.endsWith('%')) wildcards += '%';
    for (const character of run) {
      if (character === null) wildcards = `_${wildcards}`;
      else {
        text += wildcards + ('%_\\'.includes(character) ? `\\${character}` : character);
        wildcards = '';
      }
    }
  }
  return text + wildcards;
}
