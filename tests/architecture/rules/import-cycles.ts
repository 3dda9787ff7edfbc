import { isTestSupport } from '../areas.js';
import type { SourceFile } from '../source-file.js';

type Graph = Map<string, Set<string>>;

/** No file reaches itself through its imports, types included. */
export function fileCycles(files: readonly SourceFile[]): string[] {
  const sources = files.filter((file) => !isTestSupport(file.path));
  const known = new Set(sources.map((file) => file.path));
  const graph: Graph = new Map();
  for (const file of sources) {
    const targets = file.imports.flatMap(({ target }) => (target !== undefined && known.has(target) ? [target] : []));
    graph.set(file.path, new Set(targets));
  }
  return describe(cyclesOf(graph));
}

/**
 * In every folder, what lies directly in it (its files, and its subfolders as wholes) depends on each other without cycles.
 * So a folder can be read from the bottom up at every level.
 */
export function folderCycles(files: readonly SourceFile[]): string[] {
  const sources = files.filter((file) => !isTestSupport(file.path));
  const known = new Set(sources.map((file) => file.path));
  const graphs = new Map<string, Graph>();
  for (const { path, imports } of sources) {
    for (const { target } of imports) {
      if (target === undefined || !known.has(target) || target === path) continue;
      const [folder, from, to] = parting(path, target);
      const graph = graphs.get(folder) ?? new Map<string, Set<string>>();
      graphs.set(folder, graph);
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return [...graphs.values()].flatMap((graph) => describe(cyclesOf(graph)));
}

/** The deepest folder that holds both paths, and the entries of it through which each is reached. */
function parting(a: string, b: string): [folder: string, a: string, b: string] {
  const [as, bs] = [a.split('/'), b.split('/')];
  let depth = 0;
  while (as[depth] === bs[depth]) depth += 1;
  const entry = (parts: readonly string[]) => parts.slice(0, depth + 1).join('/');
  return [as.slice(0, depth).join('/'), entry(as), entry(bs)];
}

/** One cycle for each group of nodes that reach each other. */
function cyclesOf(graph: Graph): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const trail: string[] = [];
  const visit = (node: string): void => {
    const start = trail.indexOf(node);
    if (start >= 0) {
      cycles.push(trail.slice(start));
      return;
    }
    if (done.has(node)) return;
    done.add(node);
    trail.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    trail.pop();
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}

function describe(cycles: readonly (readonly string[])[]): string[] {
  return cycles.map((cycle) => `cycle: ${[...cycle, cycle[0]].join(' → ')}`);
}
