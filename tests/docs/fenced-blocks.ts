/** A fenced block of a Markdown text. */
export interface FencedBlock {
  /** The word after the fence; `''` when there is none. */
  readonly language: string;
  readonly code: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(.*)$/;

/** All fenced blocks, in order. A fence that is never closed is an error: what follows would be nobody's. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const open = FENCE.exec(lines[at]!);
    if (open === null) continue;
    const [, indent = '', fence = '', info = ''] = open;
    const begin = at + 1;
    const isEnd = (line: string): boolean => {
      const text = line.trim();
      return text.length >= fence.length && text === fence[0]!.repeat(text.length);
    };
    for (at = begin; at < lines.length && !isEnd(lines[at]!); at += 1);
    if (at === lines.length) throw new Error(`the fence in line ${begin} is never closed`);
    const code = lines.slice(begin, at).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({
      language: info.trim().split(/[\s{]/)[0]!.toLowerCase(),
      code: code.map((line) => `${line}\n`).join(''),
      line: begin + 1,
    });
  }
  return blocks;
}
