import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { fileCycles, folderCycles } from './rules/import-cycles.js';
import { sample } from './sample.js';

test('no file reaches itself through its imports', () => {
  expect(fileCycles(loadSources())).toEqual([]);
});

test('in every folder, files and subfolders depend on each other without cycles', () => {
  expect(folderCycles(loadSources())).toEqual([]);
});

test('finds a cycle of files, types and the way back included', () => {
  const files = sample({
    'server/src/a.ts': `import { b } from './b.js';`,
    'server/src/b.ts': `import type { C } from './c.js';`,
    'server/src/c.ts': `export { a } from './a.js';`,
    'server/src/d.ts': `import { a } from './a.js';`,
  });
  expect(fileCycles(files)).toEqual(['cycle: server/src/a.ts → server/src/b.ts → server/src/c.ts → server/src/a.ts']);
});

test('finds a cycle that is entered from outside and not at its first file', () => {
  const files = sample({
    'server/src/entry.ts': `import './x.js'; import './y.js';`,
    'server/src/x.ts': '',
    'server/src/y.ts': `import './x.js'; import './z.js';`,
    'server/src/z.ts': `import './y.js';`,
  });
  expect(fileCycles(files)).toEqual(['cycle: server/src/y.ts → server/src/z.ts → server/src/y.ts']);
});

test('finds a cycle of folders whose files have none', () => {
  const files = sample({
    'server/src/gateway/a.ts': `import '../services/b.js';`,
    'server/src/services/b.ts': '',
    'server/src/services/c.ts': `import '../gateway/d.js';`,
    'server/src/gateway/d.ts': '',
  });
  expect(fileCycles(files)).toEqual([]);
  expect(folderCycles(files)).toEqual(['cycle: server/src/gateway → server/src/services → server/src/gateway']);
});

test('finds a cycle of a file and the folder beside it', () => {
  const files = sample({
    'packages/core/src/client/index.ts': `import './state/map.js';`,
    'packages/core/src/client/state/map.ts': '',
    'packages/core/src/client/state/view.ts': `import '../index.js';`,
  });
  expect(folderCycles(files)).toHaveLength(1);
});

test('a test may import what imports it back', () => {
  const files = sample({
    'server/src/a.test.ts': `import './a.js';`,
    'server/src/a.ts': `import './a.test.js';`,
  });
  expect(fileCycles(files)).toEqual([]);
});
