import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { importDirection } from './rules/import-direction.js';
import { sample } from './sample.js';

test('imports point in one direction', () => {
  expect(importDirection(loadSources())).toEqual([]);
});

test.each([
  ['a folder right of its own', 'packages/core/src/clock/a.ts', `import { x } from '../crdt/b.js';`],
  ['a type from the right', 'packages/core/src/query/a.ts', `import type { X } from '../client/b.js';`],
  ['a type import inside a type', 'packages/core/src/query/a.ts', `export type X = import('../client/b.js').X;`],
  ['a re-export from the right', 'packages/core/src/primitives/a.ts', `export * from '../clock/b.js';`],
  [
    'a dynamic import from the right',
    'packages/core/src/crdt/a.ts',
    `export const x = () => import('../protocol/b.js');`,
  ],
  ['a folder that has no place in the order', 'packages/core/src/extras/a.ts', `import { x } from '../clock/b.js';`],
  ['a package in a pure folder', 'packages/core/src/crdt/a.ts', `import * as z from 'zod/mini';`],
  ['the big zod', 'packages/core/src/protocol/a.ts', `import { z } from 'zod';`],
  ['Node in core', 'packages/core/src/client/outbox/a.ts', `import { readFile } from 'node:fs';`],
  ['xxhash outside the glue', 'packages/core/src/client/outbox/a.ts', `import xxhash from 'xxhash-wasm';`],
  ['the server from core', 'packages/core/src/client/a.ts', `import { x } from '../../../../server/src/config.js';`],
  ['test support from a source', 'packages/core/src/client/a.ts', `import { x } from './testing/b.js';`],
  ['a subpath of core from react', 'packages/react/src/a.ts', `import { x } from '@topgun/core/query';`],
  ['a store library from react', 'packages/react/src/a.ts', `import { create } from 'zustand';`],
  ["core's sources from react", 'packages/react/src/a.ts', `import { x } from '../../core/src/client/index.js';`],
  ['the client from the server', 'server/src/gateway/a.ts', `import { TopGunClient } from '@topgun/core';`],
  ['Socket.IO outside the gateway', 'server/src/services/sync/a.ts', `import type { Socket } from 'socket.io';`],
  [
    'the database outside its folders',
    'server/src/services/sync/a.ts',
    `import { x } from '@prisma/client/runtime/client';`,
  ],
  ['a database driver outside its folders', 'server/src/services/sync/a.ts', `import pg from 'pg';`],
  ['an adapter from a service', 'server/src/services/sync/a.ts', `import { x } from '../../adapters/b.js';`],
  ['the gateway from the pipeline', 'server/src/op-pipeline/a.ts', `import { x } from '../gateway/b.js';`],
  ['anything of the server from a port', 'server/src/ports/a.ts', `import { x } from '../services/b.js';`],
  ['the composition root from below', 'server/src/gateway/a.ts', `import { x } from '../create-server.js';`],
  ['a server folder nobody has placed', 'server/src/extras/a.ts', `import { x } from '../ports/b.js';`],
  ['core from an app', 'examples/todo/src/a.tsx', `import { TopGunClient } from '@topgun/core';`],
  [
    "another package's sources from an app",
    'examples/todo/src/a.tsx',
    `import { x } from '../../../packages/react/src/b.js';`,
  ],
])('refuses %s', (_case, path, text) => {
  expect(importDirection(sample({ [path]: text }))).toHaveLength(1);
});

test.each([
  ['packages/core/src/crdt/a.ts', `import { x } from '../clock/b.js'; import { y } from './c.js';`],
  ['packages/core/src/protocol/a.ts', `import * as z from 'zod/mini';`],
  ['packages/core/src/client/environment/a.ts', `import xxhash from 'xxhash-wasm';`],
  ['packages/react/src/a.ts', `import { useState } from 'react'; import { TopGunClient } from '@topgun/core';`],
  ['server/src/gateway/a.ts', `import { Server } from 'socket.io'; import { x } from '@topgun/core/protocol';`],
  ['server/src/create-server.ts', `import { x } from './adapters/b.js'; import { y } from './gateway/c.js';`],
  ['examples/todo/src/a.tsx', `import { useQuery } from '@topgun/react'; import './app.css';`],
  ['packages/core/src/crdt/a.test.ts', `import { x } from '../client/b.js'; import fc from 'fast-check';`],
])('allows %s: %s', (path, text) => {
  expect(importDirection(sample({ [path]: text }))).toEqual([]);
});
