// `npm run bench -- <suite> [arguments]`: runs one suite of bench/suites, or lists them. What is compared against lives in
// bench/, a folder with packages of its own that are installed on first use.

import './node-version.mjs';

import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { bootstrap, install } from './bootstrap.mjs';
import { build } from './build.mjs';
import { endChildrenOnSignal, runNode } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { Stop, runCommand } from './progress.mjs';

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  const [suite, ...args] = process.argv.slice(2);
  const suites = listSuites();
  if (suite === undefined || suite.startsWith('-')) {
    console.log('npm run bench -- <suite> [arguments] [--json FILE]\n');
    for (const { name, summary } of suites) console.log(`  ${name.padEnd(12)} ${summary}`);
    if (suites.length === 0) console.log('  (there are no suites yet)');
    return 0;
  }
  if (!suites.some(({ name }) => name === suite)) {
    throw new Stop(`there is no suite "${suite}". There are: ${suites.map(({ name }) => name).join(', ') || 'none'}.`);
  }
  await bootstrap();
  if (existsSync(projectPath('bench/package-lock.json'))) {
    await install(projectPath('bench'), 'installing what the benchmarks compare with');
  }
  await build();
  return runNode([projectPath(`bench/suites/${suite}.mjs`), ...args], { stdio: 'inherit' });
});

/** Each suite says what it measures in the comment on its first line. */
function listSuites() {
  const folder = projectPath('bench/suites');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));
  return files.sort().map((file) => {
    const [firstLine = ''] = readFileSync(`${folder}/${file}`, 'utf8').split('\n');
    return { name: file.slice(0, -'.mjs'.length), summary: firstLine.replace(/^\/\/\s*/, '') };
  });
}
