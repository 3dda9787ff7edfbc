// The one place that says which part of the tree is what. Paths are relative to the project, with forward slashes.

/** Folders of packages/core/src, in order: each imports only from those before it. */
export const coreFolders = [
  'primitives',
  'clock',
  'crdt',
  'schema',
  'merkle',
  'query',
  'search',
  'rules',
  'protocol',
  'client',
];

export const sourceRoots = ['packages/core/src', 'packages/react/src', 'server/src', 'examples/todo/src'];

/** What may name the surroundings (clock, timers, randomness, network, storage) because it hands them to everything else. */
export const compositionRoots = [
  'packages/core/src/client/environment/',
  'server/src/main.ts',
  'server/src/create-server.ts',
  'server/src/host-worker.ts',
  'server/src/open-worker-host.ts',
];

/** Folders of server/src, and what each may import besides itself. Files directly in server/src compose, and import all. */
export const serverFolders: Readonly<Record<string, readonly string[]>> = {
  ports: [],
  services: ['ports'],
  'op-pipeline': ['ports', 'services'],
  gateway: ['ports', 'services', 'op-pipeline'],
  prisma: ['ports'],
  drivers: ['ports', 'services', 'op-pipeline', 'prisma'],
  adapters: ['ports', 'services', 'op-pipeline', 'prisma'],
  operations: ['ports', 'services', 'prisma', 'drivers', 'adapters'],
};

/** Packages with exactly one importing file in each of the folders named here, and none elsewhere. */
export const oneImporter: Readonly<Record<string, readonly string[]>> = {
  minisearch: ['packages/core/src/search/'],
  dexie: ['packages/core/src/client/adapters/'],
  zustand: ['packages/core/src/client/adapters/'],
  'socket.io-client': ['packages/core/src/client/adapters/'],
  'socket.io-parser': ['packages/core/src/client/adapters/', 'server/src/gateway/adapters/'],
  'prom-client': ['server/src/adapters/'],
  'ipaddr.js': ['server/src/gateway/'],
  usearch: ['server/src/adapters/'],
};

/** Tests and what only tests use: free of the rules of sources. */
export function isTestSupport(path: string): boolean {
  return /\.(test|contract|arbitrary)\.tsx?$/.test(path) || path.includes('/testing/');
}

/** Where a technology is met: a port's implementation by it. The server calls those of its big ports drivers. */
export function isAdapter(path: string): boolean {
  return path.includes('/adapters/') || path.startsWith('server/src/drivers/');
}

export function isCompositionRoot(path: string): boolean {
  return compositionRoots.some((root) => path === root || (root.endsWith('/') && path.startsWith(root)));
}

/** The folder of core's sources that a path lies in, if any: `packages/core/src/crdt/op.ts` is in `crdt`. */
export function coreFolderOf(path: string): string | undefined {
  return /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1];
}

/** Pure: no clock, no randomness, no timers, no surroundings at all. */
export function isPure(path: string): boolean {
  const folder = coreFolderOf(path);
  return folder !== undefined && folder !== 'client';
}
