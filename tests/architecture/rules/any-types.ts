import { isPure, isTestSupport } from '../areas.js';
import { type SourceFile, lineAt, walk } from '../source-file.js';

/** No `any` in pure folders. Elsewhere each one has a comment on its line or the line before that gives the reason. */
export function anyTypes(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => !isTestSupport(path)).flatMap(unexplainedAny);
}

function unexplainedAny({ path, text, program }: SourceFile): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  walk(program, (node) => {
    if (node.type !== 'TSAnyKeyword') return;
    const line = lineAt(text, node.start);
    const explained = [lines[line - 1], lines[line - 2]].some((code) => /(\/\/|\/?\*)\s*\S/.test(code ?? ''));
    if (isPure(path)) found.push(`${path}:${line} uses any, in a pure folder`);
    else if (!explained) found.push(`${path}:${line} uses any and does not say why`);
  });
  return found;
}
