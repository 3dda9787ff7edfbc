/** The tree in which MiniSearch keeps terms: what goes on, by its letters, and under `''` what is held for the term that ends there. */
export type TermTree<T> = ReadonlyMap<string, TermTree<T> | T>;

/** So many branches are looked at in one step. */
export const BRANCHES_PER_STEP = 128;

const LEAF = '';

/*
 * Terms may come and go between the steps: a branch that is parted or joined meanwhile may be met twice, or not, and what stays is found. MiniSearch's own walk through the tree
 * would lose its way.
 */

/** All terms below a branch, in no order: whoever goes through them counts the steps. Between two of them lie no more branches than a term has letters. */
export function* allTerms<T>(tree: TermTree<T>, begun = ''): Generator<readonly [term: string, held: T]> {
  const path = [{ branches: tree.entries(), begun }];
  for (let at = path[0]; at !== undefined; at = path.at(-1)) {
    const next = at.branches.next();
    if (next.done === true) {
      path.pop();
      continue;
    }
    const [letters, held] = next.value;
    if (letters === LEAF) yield [at.begun, held as T];
    else path.push({ branches: (held as TermTree<T>).entries(), begun: at.begun + letters });
  }
}

/** The terms that begin so, itself included, in steps. */
export function* termsFrom<T>(tree: TermTree<T>, beginning: string): Generator<void, Map<string, T>> {
  const found = new Map<string, T>();
  const progress = { branches: 0 };
  function* collect(branch: TermTree<T>, begun: string): Generator<void> {
    for (const [letters, next] of branch) {
      if (++progress.branches % BRANCHES_PER_STEP === 0) yield;
      if (letters === LEAF) found.set(begun, next as T);
      else yield* collect(next as TermTree<T>, begun + letters);
    }
  }
  let [branch, begun] = [tree, ''];
  while (begun.length < beginning.length) {
    const rest = beginning.slice(begun.length);
    const next = [...branch].find(
      ([letters]) => letters !== LEAF && (letters.startsWith(rest) || rest.startsWith(letters)),
    );
    if (next === undefined) return found;
    begun += next[0];
    branch = next[1] as TermTree<T>;
  }
  yield* collect(branch, begun);
  return found;
}

/** The terms that differ from this one by so many letters at most, with how many: what MiniSearch's `fuzzyGet` finds, in its order, but in steps. */
export function* nearTerms<T>(
  tree: TermTree<T>,
  term: string,
  edits: number,
): Generator<void, Map<string, readonly [held: T, distance: number]>> {
  const near = new Map<string, readonly [T, number]>();
  const progress = { branches: 0 };
  /** `row`: how many letters each beginning of the term differs by from what leads to this branch. */
  function* walk(branch: TermTree<T>, begun: string, row: readonly number[]): Generator<void> {
    for (const [letters, next] of branch) {
      if (++progress.branches % BRANCHES_PER_STEP === 0) yield;
      if (letters === LEAF) {
        const distance = row[term.length] as number;
        if (distance <= edits) near.set(begun, [next as T, distance]);
        continue;
      }
      const after = rowAfter(row, letters, term, edits);
      if (after !== null) yield* walk(next as TermTree<T>, begun + letters, after);
    }
  }
  yield* walk(
    tree,
    '',
    Array.from({ length: term.length + 1 }, (_, i) => i),
  );
  return near;
}

/** `null`: whatever follows these letters, it differs by more. (Levenshtein's distance, a row for each letter.) */
function rowAfter(row: readonly number[], letters: string, term: string, edits: number): readonly number[] | null {
  let before = row;
  for (let at = 0; at < letters.length; at++) {
    let least = (before[0] as number) + 1;
    const after = [least];
    for (let i = 1; i <= term.length; i++) {
      const replaced = (before[i - 1] as number) + (letters[at] === term[i - 1] ? 0 : 1);
      const distance = Math.min(replaced, (before[i] as number) + 1, (after[i - 1] as number) + 1);
      after.push(distance);
      if (distance < least) least = distance;
    }
    if (least > edits) return null;
    before = after;
  }
  return before;
}
