import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { fencedBlocks } from './fenced-blocks.js';
import { typeErrorsIn, type PlacedBlock } from './type-check-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path}`);
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.toSorted()];

const blocks: PlacedBlock[] = pages.flatMap((page) =>
  fencedBlocks(readFileSync(join(root, page), 'utf8')).map((block) => ({ ...block, page })),
);
const checked = ['ts', 'tsx'];
/** What is not TypeScript: commands, data, drawings, grammar. */
const unchecked = ['', 'sh', 'json', 'sql', 'html', 'css', 'text', 'diff', 'prisma', 'yaml'];

const placed = (language: string, code: string): PlacedBlock => ({ page: 'page.md', language, code, line: 10 });

describe('code blocks of the README and the docs', () => {
  test('each says a language that is either checked or no TypeScript', () => {
    const unknown = blocks.filter(({ language }) => !checked.includes(language) && !unchecked.includes(language));
    expect(unknown.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
    const unnamed = blocks.filter(({ language, code }) => language === '' && /^\s*(import|const|await) /m.test(code));
    expect(unnamed.map(({ page, line }) => `${page}:${line} is code without a language`)).toEqual([]);
  });

  test('each ts and tsx block compiles', async () => {
    const typescript = blocks.filter(({ language }) => checked.includes(language));
    expect(typescript.map(({ page }) => page)).toContain('README.md');
    expect(await typeErrorsIn(typescript)).toEqual([]);
  });
});

describe('the check', () => {
  test('finds what does not compile, and says where', async () => {
    const errors = await typeErrorsIn([
      placed('ts', "import { TopGunClient } from '@topgun/core';\n\nnew TopGunClient({ serverUrl: 1 });\n"),
      placed(
        'ts',
        'const write = todos.update(key, (todo) => ({ text: todo!.text, done: true }));\nawait write.acked;\n',
      ),
      placed('ts', "await todos.patch(key, { done: 'yes' }).persisted;\n"),
      placed(
        'tsx',
        "import { useQuery } from '@topgun/react';\nexport const A = () => <p>{useQuery('todos').rows}</p>;\n",
      ),
      placed('ts', 'await client.thereIsNoSuchThing();\n'),
    ]);
    expect(errors).toEqual([
      expect.stringMatching(/^page\.md:12 error TS2322/),
      expect.stringMatching(/^page\.md:10 error TS2322/),
      expect.stringMatching(/^page\.md:11 error TS2339/),
      expect.stringMatching(/^page\.md:10 error TS2339/),
    ]);
  });

  test('reads fences of any length and indent, and refuses one that is not closed', () => {
    const text = [
      'a',
      '```ts',
      'one',
      '```',
      '',
      '  ~~~~ tsx title',
      '  two',
      '  ```',
      '  ~~~~',
      '```',
      'three',
      '```',
    ];
    expect(fencedBlocks(text.join('\n'))).toEqual([
      { language: 'ts', code: 'one\n', line: 3 },
      { language: 'tsx', code: 'two\n```\n', line: 7 },
      { language: '', code: 'three\n', line: 11 },
    ]);
    expect(() => fencedBlocks('```ts\nopen')).toThrow('line 1');
  });
});
