// `npm run crash`: a real server under load, killed with SIGKILL at random instants and started again. `npm test` does it five times per
// driver.
//
//   npm run crash -- [--kills 50] [--driver sqlite|postgresql|s3]

import './node-version.mjs';

import { parseArgs } from 'node:util';

import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { runVitest } from './checks.mjs';
import { endChildrenOnSignal } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { runCommand, Stop } from './progress.mjs';

const DRIVERS = ['sqlite', 'postgresql', 's3'];

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '50' }, driver: { type: 'string' } },
  });
  if (!/^[1-9]\d{0,5}$/.test(values.kills)) throw new Stop(`--kills takes a number from 1, not "${values.kills}".`);
  if (values.driver !== undefined && !DRIVERS.includes(values.driver)) {
    throw new Stop(`--driver takes ${DRIVERS.join(', ')}, not "${values.driver}".`);
  }
  await bootstrap();
  await build();
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, TOPGUN_CRASH_KILLS: values.kills };
  if (values.driver !== undefined) env['TOPGUN_CRASH_DRIVER'] = values.driver;
  return runVitest(['tests/crash/kills', '--project', 'node', '--reporter=verbose', '--disableConsoleIntercept'], env);
});
