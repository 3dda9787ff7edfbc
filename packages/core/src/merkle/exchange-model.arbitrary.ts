import type { Hash64 } from '../primitives/index.js';

/**
 * What is said in an exchange (SY-2), told from the rows of both sides by themselves: no trie, no sums, no bytes. Two sides take turns; what is said of a
 * subtree is a level when more than 16 rows are in it, else a list; of a level the other says what differs in it, of a list what it wants and lacks.
 */
export type Rows = ReadonlyMap<string, bigint>;

/** An item by its kind and path; of lists, and of what is wanted or lacking, the keys. */
export interface Said {
  readonly type: 'sums' | 'list' | 'want' | 'lack';
  readonly path: string;
  readonly keys: readonly string[];
}

export interface Dialog {
  /** Turn by turn, the holder's first. */
  readonly turns: readonly (readonly Said[])[];
  readonly send: readonly string[];
  readonly drop: readonly string[];
}

const LEVEL_ROWS = 16;
const DIGITS = '0123456789abcdef'.split('');

const digitsOf = (hash: Hash64, key: string): string => hash(key).toString(16).padStart(16, '0');

export function dialogOf(hash: Hash64, held: Rows, asked: Rows): Dialog {
  const under = (rows: Rows, path: string): readonly string[] =>
    [...rows.keys()].filter((key) => digitsOf(hash, key).startsWith(path)).sort();
  const stateOf = (rows: Rows, path: string): string =>
    JSON.stringify(under(rows, path).map((key) => [key, String(rows.get(key))]));
  const tell = (rows: Rows, path: string): Said => {
    const keys = under(rows, path);
    return keys.length > LEVEL_ROWS && path.length < 16
      ? { type: 'sums', path, keys: [] }
      : { type: 'list', path, keys };
  };
  const turns: Said[][] = [[tell(held, '')]];
  const [send, drop]: [string[], string[]] = [[], []];
  for (let isHolder = false; ; isHolder = !isHolder) {
    const [own, other] = isHolder ? [held, asked] : [asked, held];
    const [mine, names] = isHolder ? ([send, 'lack'] as const) : ([drop, 'want'] as const);
    const said: Said[] = [];
    for (const { type, path, keys } of turns.at(-1)!) {
      if (type === 'sums') {
        for (const digit of DIGITS)
          if (stateOf(own, path + digit) !== stateOf(other, path + digit)) said.push(tell(own, path + digit));
      } else if (type === 'list') {
        mine.push(...under(own, path).filter((key) => own.get(key) !== other.get(key)));
        const theirs = keys.filter((key) => own.get(key) !== other.get(key));
        if (theirs.length > 0) said.push({ type: names, path, keys: theirs });
      } else mine.push(...keys.filter((key) => own.has(key)));
    }
    turns.push(said);
    if (isHolder && said.every(({ type }) => type === 'lack')) {
      // The last word is not answered, but taken.
      for (const { keys } of said) drop.push(...keys.filter((key) => asked.has(key)));
      return { turns, send: send.sort(), drop: drop.sort() };
    }
  }
}
