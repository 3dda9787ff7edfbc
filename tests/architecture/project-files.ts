import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { sourceRoots } from './areas.js';
import { type SourceFile, parseSource } from './source-file.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What is installed, built or generated is nobody's source. */
const foreign = new Set(['node_modules', 'dist', 'dist-types', 'generated', 'test-results', 'coverage', 'cache']);

/** The paths of all files below a folder of the project, relative to the project and sorted. */
export function listFiles(folder = ''): string[] {
  const absolute = `${root}${folder}`;
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) return [path];
      return entry.isDirectory() && !entry.name.startsWith('.') && !foreign.has(entry.name) ? listFiles(path) : [];
    })
    .sort();
}

export function readText(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** Every TypeScript file of the packages, the server and the examples, tests included. */
export function loadSources(): SourceFile[] {
  return sourceRoots
    .flatMap((folder) => listFiles(folder))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path, readText(path)));
}

/** Every test file of the project. */
export function loadTests(): SourceFile[] {
  return ['packages', 'server', 'examples', 'tests', 'scripts', 'bench']
    .flatMap((folder) => listFiles(folder))
    .filter((path) => /\.(test|spec|contract)\.(tsx?|mjs)$/.test(path))
    .map((path) => parseSource(path, readText(path)));
}
