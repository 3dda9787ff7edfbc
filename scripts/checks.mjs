// The checks that need no test runner. Each resolves to an exit code and prints its own findings.

import { runNode } from './children.mjs';
import { projectPath } from './paths.mjs';

/** @type {readonly { name: string, run: () => Promise<number> }[]} */
export const checks = [
  { name: 'types', run: () => runNode([projectPath('node_modules/typescript/bin/tsc'), '-b']) },
  { name: 'lint', run: () => runNode([projectPath('node_modules/oxlint/bin/oxlint')]) },
  { name: 'format', run: () => runNode([projectPath('node_modules/oxfmt/bin/oxfmt'), '--check']) },
];

/** @param {readonly string[]} args */
export function runVitest(args, env = process.env) {
  return runNode([projectPath('node_modules/vitest/vitest.mjs'), 'run', ...args], { env });
}
