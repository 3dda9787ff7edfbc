/** What `docs/spec/protocol.md` says of one message, or of one list of codes. */
export interface SpecSection {
  readonly name: string;
  /** The first column of its tables, without backticks. */
  readonly rows: readonly string[];
  /** What the second says, by that. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The sections headed by a name in backticks: one per message. */
export function messageSections(page: string): readonly SpecSection[] {
  return page
    .split(/^#{2,3} /m)
    .filter((text) => text.startsWith('`'))
    .map((text) => ({ name: /^`([^`]+)`/.exec(text)![1]!, rows: firstColumn(text), texts: textsOf(text) }));
}

/** The codes of the table that follows the sentence beginning so. */
export function codeTable(page: string, beginning: string): readonly string[] {
  const at = page.indexOf(beginning);
  if (at === -1) throw new Error(`the page does not say "${beginning}"`);
  const [table = ''] = page.slice(page.indexOf('\n\n', at) + 2).split('\n\n');
  return firstColumn(table);
}

const textsOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^\| `([^`]+)` \|(.*)$/gm)].map(([, name, rest]) => [name!, rest!]));

const firstColumn = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
