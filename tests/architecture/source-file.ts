import { parseSync } from 'vite';

/** A node of the syntax tree, as loosely typed as a walk over all of it needs. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface ImportEdge {
  /** As written: `./op.js`, `dexie`. */
  readonly specifier: string;
  /** The imported file when the specifier is relative; it may not exist. */
  readonly target: string | undefined;
  readonly line: number;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly imports: readonly ImportEdge[];
}

/** Reads one file. Throws when it cannot be parsed: a rule that sees half a file would pass wrongly. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text);
  const error = errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const specifier = /^(['"`])(.*)\1$/s.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2];
      return specifier === undefined ? [] : { value: specifier, start: moduleRequest.start };
    }),
    ...typeImports(program as unknown as SyntaxNode),
  ];
  // `import { x } from './y.js'; export { x }` is reported as two requests at one place.
  const distinct = [...new Map(requests.map((request) => [request.start, request])).values()];
  const imports = distinct.map(({ value, start }) => ({
    specifier: value,
    target: resolveRelative(path, value),
    line: lineAt(text, start),
  }));
  return { path, text, program: program as unknown as SyntaxNode, imports };
}

/** `import('./x.js').Y` in a type is an import as well. */
function typeImports(program: SyntaxNode): { value: string; start: number }[] {
  const found: { value: string; start: number }[] = [];
  walk(program, (node) => {
    const source = node.type === 'TSImportType' ? (node['source'] as SyntaxNode | undefined) : undefined;
    if (typeof source?.['value'] === 'string') found.push({ value: source['value'], start: source.start });
  });
  return found;
}

function resolveRelative(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(/\.(m?)js(x?)$/, '.$1ts$2');
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Calls `visit` for every node; a visit that returns false keeps out of that node's children. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
