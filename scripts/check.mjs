// `npm run check`: types, lint, format and the architecture tests. `--fix` formats and applies what lint can correct.

import './node-version.mjs';

import { bootstrap } from './bootstrap.mjs';
import { checks, runVitest } from './checks.mjs';
import { endChildrenOnSignal, endWithParent, runNode } from './children.mjs';
import { projectPath } from './paths.mjs';
import { runCommand, say, step } from './progress.mjs';

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  await bootstrap();
  if (process.argv.includes('--fix')) {
    await step('correcting', async () => {
      await runNode([projectPath('node_modules/oxlint/bin/oxlint'), '--fix']);
      await runNode([projectPath('node_modules/oxfmt/bin/oxfmt')]);
    });
  }
  /** @type {string[]} */
  const failed = [];
  for (const check of checks) {
    if ((await step(check.name, check.run)) !== 0) failed.push(check.name);
  }
  const architecture = () => runVitest(['--project', 'node', 'tests/architecture']);
  if ((await step('architecture', architecture)) !== 0) failed.push('architecture');
  say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});
