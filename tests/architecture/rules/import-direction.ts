import { coreFolderOf, coreFolders, isAdapter, isCompositionRoot, isTestSupport, serverFolders } from '../areas.js';
import type { ImportEdge, SourceFile } from '../source-file.js';

/**
 * Who may import whom: core's folders only from their left, React only core's client, the server only core's pure folders,
 * the server's folders as `serverFolders` says, an app only the React package.
 */
export function importDirection(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !isTestSupport(file.path))
    .flatMap((file) =>
      file.imports.flatMap((edge) => {
        const problem = problemOf(file.path, edge);
        return problem === undefined ? [] : [`${file.path}:${edge.line} imports ${edge.specifier}: ${problem}`];
      }),
    );
}

function problemOf(path: string, edge: ImportEdge): string | undefined {
  if (edge.target?.includes('/testing/')) return 'sources never use what is there for tests';
  if (path.startsWith('packages/core/src/')) return coreProblem(path, edge);
  if (path.startsWith('packages/react/src/')) return reactProblem(edge);
  if (path.startsWith('server/src/')) return serverProblem(path, edge);
  if (path.startsWith('examples/')) return exampleProblem(path, edge);
  return undefined;
}

function coreProblem(path: string, { target, specifier }: ImportEdge): string | undefined {
  const folder = coreFolderOf(path) ?? '';
  const rank = coreFolders.indexOf(folder);
  if (rank < 0) return `core has no folder "${folder}" in its order`;
  if (target === undefined) return packageProblem(path, folder, specifier);
  const targetFolder = coreFolderOf(target) ?? '';
  const targetRank = coreFolders.indexOf(targetFolder);
  if (targetRank < 0) return 'it lies outside the folders of core';
  return targetRank > rank ? `${folder} stands left of ${targetFolder}` : undefined;
}

/** The packages core may use. Which file of `client` imports each is the one-importer rule's matter. */
function packageProblem(path: string, folder: string, specifier: string): string | undefined {
  if (folder === 'client') {
    if (/^(dexie|zustand|socket\.io-client|socket\.io-parser)($|\/)/.test(specifier)) return undefined;
    if (specifier === 'xxhash-wasm') return isAdapter(path) || isCompositionRoot(path) ? undefined : onlyGlue;
    return 'the client uses no such package';
  }
  const allowed: Readonly<Record<string, readonly string[]>> = {
    schema: ['@standard-schema/spec'],
    protocol: ['zod/mini'],
    search: ['minisearch/SearchableMap'],
  };
  return allowed[folder]?.includes(specifier) ? undefined : `${folder} is pure and imports no such package`;
}

const onlyGlue = 'only adapters and composition roots import it';

function reactProblem({ target, specifier }: ImportEdge): string | undefined {
  if (target !== undefined) return target.startsWith('packages/react/src/') ? undefined : 'it lies outside the package';
  if (specifier === '@topgun/core' || /^react($|\/)/.test(specifier)) return undefined;
  return 'the hooks import @topgun/core and react, nothing else';
}

function serverProblem(path: string, { target, specifier }: ImportEdge): string | undefined {
  if (target === undefined) return serverPackageProblem(path, specifier);
  if (!target.startsWith('server/src/')) return 'it lies outside the server';
  const [from, to] = [serverFolderOf(path), serverFolderOf(target)];
  if (from === undefined || from === to) return undefined;
  const allowed = serverFolders[from];
  if (allowed === undefined) return `the server has no folder "${from}"`;
  if (to === undefined) {
    return isCompositionRoot(target) ? 'what is composed does not know who composes it' : undefined;
  }
  return allowed.includes(to) ? undefined : `${from} does not import ${to}`;
}

function serverPackageProblem(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('@topgun/')) {
    const subpath = /^@topgun\/core\/(.+)$/.exec(specifier)?.[1];
    const pure = subpath !== undefined && subpath !== 'client' && coreFolders.includes(subpath);
    return pure ? undefined : "the server imports core's pure subpaths only";
  }
  if (/^socket\.io(-parser)?($|\/)/.test(specifier))
    return serverFolderOf(path) === 'gateway' ? undefined : 'only the gateway knows Socket.IO';
  if (specifier === 'xxhash-wasm') return isAdapter(path) || isCompositionRoot(path) ? undefined : onlyGlue;
  if (/^(@prisma\/|@libsql\/|(libsql|pg)$)/.test(specifier)) {
    return serverFolderOf(path) === 'prisma' || isAdapter(path)
      ? undefined
      : 'only prisma and the adapters know the database';
  }
  return undefined;
}

/** The folder of the server's sources that a path lies in; undefined for files directly in server/src. */
function serverFolderOf(path: string): string | undefined {
  return /^server\/src\/([^/]+)\//.exec(path)?.[1];
}

function exampleProblem(path: string, { target, specifier }: ImportEdge): string | undefined {
  if (target !== undefined) {
    const own = /^examples\/[^/]+\//.exec(path)?.[0] ?? '';
    return target.startsWith(own) ? undefined : 'an example is an app of its own';
  }
  return specifier.startsWith('@topgun/') && specifier !== '@topgun/react'
    ? 'an app imports @topgun/react alone'
    : undefined;
}
