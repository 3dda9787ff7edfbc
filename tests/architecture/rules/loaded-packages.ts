import { parseSync } from 'vite';
import type { SourceFile } from '../source-file.js';

/** The packages that are loaded with a file: what it imports, types and imports on demand aside, and what those import, as far as they are the project's own. */
export function loadedPackages(files: readonly SourceFile[], entry: string): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined) throw new Error(`there is no ${path}`);
    if (seen.has(path)) return;
    seen.add(path);
    const loaded = loadedBy(file);
    for (const { specifier, target } of file.imports) {
      if (!loaded.has(specifier)) continue;
      if (target === undefined) packages.add(specifier);
      else if (byPath.has(target)) visit(target);
      // What is generated is no source.
      else packages.add(target);
    }
  };
  visit(entry);
  return packages;
}

/** The specifiers of its imports that are left when types are gone; an import of nothing but `{ type X }` is. */
function loadedBy({ path, text }: SourceFile): ReadonlySet<string> {
  const { staticImports, staticExports } = parseSync(path, text).module;
  const isLeft = ({ start }: { readonly start: number }): boolean =>
    !/^(import|export) type\b/.test(text.slice(start, start + 12));
  return new Set([
    ...staticImports.filter(isLeft).map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports
      .filter(isLeft)
      .flatMap(({ entries }) => entries.flatMap((each) => each.moduleRequest?.value ?? [])),
  ]);
}
