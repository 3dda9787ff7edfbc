import { isTestSupport, oneImporter } from '../areas.js';
import type { SourceFile } from '../source-file.js';

/** Each of these packages is known to one file, so that it can be replaced by changing that file. */
export function oneImporterEach(files: readonly SourceFile[]): string[] {
  return Object.entries(oneImporter).flatMap(([name, folders]) => {
    const importers = files
      .filter(({ path, imports }) => !isTestSupport(path) && imports.some(({ specifier }) => isOf(specifier, name)))
      .map(({ path }) => path);
    const elsewhere = importers.filter((path) => !folders.some((folder) => path.startsWith(folder)));
    const several = folders
      .map((folder) => importers.filter((path) => path.startsWith(folder)))
      .filter((within) => within.length > 1);
    return [
      ...elsewhere.map((path) => `${path} imports ${name}, which only one file under ${folders.join(' or ')} may`),
      ...several.map((within) => `${name} is imported by ${within.length} files: ${within.join(', ')}`),
    ];
  });
}

function isOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`);
}
