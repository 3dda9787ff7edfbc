import { err, ok, type Result } from '../../primitives/index.js';
import { foldCase } from '../text/fold-case.js';
import type { TextTest } from '../text/like-matcher.js';
import { parseRegex } from './parse-regex.js';
import type { RegexError, RegexNode } from './regex-node.js';
import { createLazyRun } from './lazy-run.js';
import { buildProgram, programSize, type RegexProgram } from './regex-program.js';
import { createRun, type ProgramRun } from './run-program.js';

/** Says what is wrong with a pattern, if anything; `maxStates` bounds what each character of a text may cost. */
export function checkRegex(
  pattern: string,
  caseInsensitive: boolean,
  maxStates: number,
): Result<RegexNode, RegexError> {
  const node = parseRegex(pattern, caseInsensitive);
  if (!node.ok || programSize(node.value) <= maxStates) return node.ok ? ok(node.value) : node;
  return err({ reason: `counts too far: written out, it is longer than ${maxStates} steps` });
}

/** A test for a checked pattern: whether some part of a text fits. Linear in the text's length, whatever the pattern. */
export function compileRegex(pattern: string, caseInsensitive: boolean): TextTest {
  const node = parseRegex(pattern, caseInsensitive);
  if (!node.ok) throw new Error(`a query holds a broken pattern: it ${node.error.reason}`);
  const finds = createQuickRun(buildProgram(node.value, caseInsensitive));
  return caseInsensitive ? (text) => finds(foldCase(text)) : (text) => finds(text);
}

/** Remembers where characters lead, where what came before is all that decides that. */
export function createQuickRun(program: RegexProgram): ProgramRun {
  const run = createRun(program);
  const hasWordEdge = program.some(
    (state) => state.type === 'place' && state.place !== 'start' && state.place !== 'end',
  );
  return hasWordEdge ? run : createLazyRun(program, run);
}
