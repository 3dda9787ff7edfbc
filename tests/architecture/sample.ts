import { type SourceFile, parseSource } from './source-file.js';

/** Small trees to try the rules on: a rule that finds nothing in a bad one guards nothing. */
export function sample(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => parseSource(path, text));
}
