import { isTestSupport, oneImporter } from '../areas.js';
import type { SourceFile } from '../source-file.js';

/** Each of these packages is known to one file, so that it can be replaced by changing that file. */
export function oneImporterEach(files: readonly SourceFile[]): string[] {
  return Object.entries(oneImporter).flatMap(([name, folder]) => {
    const importers = files
      .filter(({ path, imports }) => !isTestSupport(path) && imports.some(({ specifier }) => isOf(specifier, name)))
      .map(({ path }) => path);
    const elsewhere = importers.filter((path) => !path.startsWith(folder));
    return [
      ...elsewhere.map((path) => `${path} imports ${name}, which only one file under ${folder} may`),
      ...(importers.length > 1 ? [`${name} is imported by ${importers.length} files: ${importers.join(', ')}`] : []),
    ];
  });
}

function isOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`);
}
