import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { FencedBlock } from './fenced-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** What a page has shown by the time it says `todos.update(key, …)`. A block that declares one of these names itself shadows it. */
const SURROUNDINGS = `
import type { MapHandle, TopGunClient } from '@topgun/react';
type Todo = { text: string; done: boolean };
declare global {
  const client: TopGunClient<{ todos: Todo }>;
  const todos: MapHandle<Todo>;
  const key: string;
}
`;

const CONFIG = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    // A reader is shown names that the block does not come to use.
    noUnusedLocals: false,
    module: 'ESNext',
    moduleResolution: 'Bundler',
    customConditions: ['topgun-source'],
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    jsx: 'react-jsx',
    types: ['node', 'react', 'react-dom'],
  },
  include: ['*.ts', '*.tsx'],
};

export interface PlacedBlock extends FencedBlock {
  /** The page that it stands in, relative to the project. */
  readonly page: string;
}

/**
 * Type-checks each block as a module of its own, under the project's strict options. A block without imports is a list of statements,
 * for which `await` works at the top and the names of `SURROUNDINGS` are there.
 *
 * @returns one line per error: the page, the line in it, and what the compiler says
 */
export async function typeErrorsIn(blocks: readonly PlacedBlock[]): Promise<string[]> {
  const scratch = join(root, '.topgun');
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'doc-blocks-'));
  try {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG));
    writeFileSync(join(folder, 'surroundings.d.ts'), SURROUNDINGS);
    blocks.forEach(({ language, code }, i) => {
      const isModule = /^\s*(import|export)\b/m.test(code);
      writeFileSync(join(folder, `block-${i}.${language}`), isModule ? code : `${code}export {};\n`);
    });
    return (await compile(folder)).map((error) => {
      const [, index, line, says] = /block-(\d+)\.tsx?[(:](\d+).*?(error .*)$/.exec(error) ?? [];
      const block = blocks[Number(index)];
      // The surroundings, or a source that does not compile: then nothing here has been checked.
      if (block === undefined) return error;
      return `${block.page}:${block.line + Number(line) - 1} ${says}`;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      const errors = stdout.split('\n').filter((line) => /\berror TS\d+/.test(line));
      if (error !== null && errors.length === 0) reject(new Error(`the compiler failed: ${stdout}${stderr}`));
      else resolve(errors);
    });
  });
}
