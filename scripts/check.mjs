// `npm run check`: types, lint, format and the architecture tests. `--fix` formats and applies what lint can correct.

import './node-version.mjs';

import { bootstrap } from './bootstrap.mjs';
import { checks, runVitest } from './checks.mjs';
import { endChildrenOnSignal, runNode } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
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
  const architecture = { name: 'architecture', run: () => runVitest(['--project', 'node', 'tests/architecture']) };
  for (const { name, run } of [...checks, architecture]) {
    const code = await step(name, run, (exitCode) => (exitCode === 0 ? 'passed' : 'failed'));
    if (code !== 0) failed.push(name);
  }
  say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});
