import { canonicalJson } from '../../primitives/index.js';
import { KEY_FIELD, type Path } from '../query.js';

/** Whether the path is that of the record's key. */
export const isKeyPath = (path: Path): boolean => path.length === 1 && path[0] === KEY_FIELD;

/** The paths that are not inside another one of the list, each once, sorted by their text. */
export function outermostPaths(paths: readonly Path[]): Path[] {
  const texts = new Set(paths.map((path) => canonicalJson(path)));
  const isInside = (path: Path) => path.some((_, end) => end > 0 && texts.has(canonicalJson(path.slice(0, end))));
  const byText = new Map<string, Path>();
  for (const path of paths) if (!isInside(path)) byText.set(canonicalJson(path), path);
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
