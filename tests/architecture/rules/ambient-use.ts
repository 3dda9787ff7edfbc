import { isAdapter, isCompositionRoot, isTestSupport } from '../areas.js';
import { type SourceFile, lineAt } from '../source-file.js';
import { type FreeName, freeNames } from './free-names.js';

/** Names that reach the surroundings however they are used. */
const ambient = new Set(
  [
    'setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate requestAnimationFrame requestIdleCallback',
    'crypto performance navigator window document self globalThis global location history',
    'BroadcastChannel MessageChannel Worker SharedWorker indexedDB localStorage sessionStorage caches',
    'fetch WebSocket EventSource XMLHttpRequest',
  ]
    .join(' ')
    .split(' '),
);

/** Names of which only these members are the same everywhere and always. */
const members: Readonly<Record<string, (member: string) => boolean>> = {
  Date: (member) => member === 'UTC' || member === 'parse' || member === 'prototype',
  Math: (member) => member !== 'random',
  AbortSignal: (member) => member !== 'timeout',
};

const modules = new Set(['timers', 'timers/promises', 'crypto', 'node:timers', 'node:timers/promises', 'node:crypto']);

/** Modules that only the outermost layers of the server use: files, sockets, threads, processes. */
const serverModules = /^(node:)?(fs|fs\/promises|net|tls|dgram|http|https|http2|child_process|worker_threads|cluster)$/;

/**
 * Clock, timers, randomness, network, storage, locks and channels are arguments everywhere but in adapters and composition
 * roots, so that the simulator can run this very code under a clock of its own.
 */
export function ambientUse(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => isBound(path)).flatMap((file) => [...namesOf(file), ...modulesOf(file)]);
}

function isBound(path: string): boolean {
  return !isTestSupport(path) && !isAdapter(path) && !isCompositionRoot(path) && !path.startsWith('examples/');
}

function namesOf(file: SourceFile): string[] {
  return freeNames(file.program)
    .filter((use) => ambient.has(use.name) || !isHarmless(use))
    .map(({ name, node, parent }) => {
      const shown = parent.type === 'MemberExpression' || parent.type === 'NewExpression' ? parent : node;
      const code = file.text.slice(shown.start, shown.end).split('\n')[0];
      return `${file.path}:${lineAt(file.text, node.start)} takes ${name} from its surroundings: ${code}`;
    });
}

function isHarmless({ name, node, parent }: FreeName): boolean {
  const allows = members[name];
  if (allows === undefined) return true;
  if (parent.type === 'MemberExpression' && parent['object'] === node) {
    const property = parent['property'] as { readonly name?: string };
    return parent['computed'] !== true && allows(property.name ?? '');
  }
  if (parent.type === 'BinaryExpression') return parent['operator'] === 'instanceof';
  if (name === 'Date') return parent.type === 'NewExpression' && (parent['arguments'] as readonly unknown[]).length > 0;
  return false;
}

function modulesOf(file: SourceFile): string[] {
  // Migrations are files with checksums; the gateway is where the HTTP server lives.
  const inPrisma = file.path.startsWith('server/src/prisma/');
  const inGateway = file.path.startsWith('server/src/gateway/');
  return file.imports
    .filter(({ specifier }) => {
      if (modules.has(specifier)) return !(inPrisma && specifier === 'node:crypto');
      if (!file.path.startsWith('server/src/') || !serverModules.test(specifier)) return false;
      if (inPrisma && /fs/.test(specifier)) return false;
      return !(inGateway && /http|net$/.test(specifier));
    })
    .map(
      ({ specifier, line }) => `${file.path}:${line} imports ${specifier}, which is for adapters and composition roots`,
    );
}
