// How the commands call npm: as a script of this very Node, without a shell, and without what an outer `npm run` put into
// the environment.

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

import { Stop } from './progress.mjs';

/** Settings that say how to reach a registry. All others (omit, ignore-scripts, workspace, prefix …) would change what an install means. */
const keptSettings =
  /^npm_config_(.*registry|(https?_)?proxy|noproxy|ca|cafile|cert|key|strict_ssl|cache|userconfig|globalconfig|fetch_.*|maxsockets|offline|prefer_.*line|nodedir)$/i;

/**
 * The environment for an npm inside an npm script.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function nestedNpmEnv(env) {
  /** @type {NodeJS.ProcessEnv} */
  const clean = {};
  for (const [name, value] of Object.entries(env)) {
    if (/^npm_config_/i.test(name) && !keptSettings.test(name)) continue;
    if (/^npm_(lifecycle|package|command|execpath|node_execpath)/i.test(name)) continue;
    if (name === 'INIT_CWD' || name === 'NODE_ENV') continue;
    clean[name] = value;
  }
  return clean;
}

/**
 * The path of npm's own script.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function npmScript(env) {
  const outer = env['npm_execpath'];
  if (outer && path.basename(outer) === 'npm-cli.js' && existsSync(outer)) return outer;
  const beside = path.dirname(process.execPath);
  const onPath = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const candidates = [
    path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
    path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    ...onPath.map((folder) => path.join(folder, 'node_modules/npm/bin/npm-cli.js')),
    ...onPath.map((folder) => path.join(folder, 'npm')),
  ];
  for (const candidate of candidates) {
    if (!existsSync(candidate)) continue;
    const real = realpathSync(candidate);
    if (path.basename(real) === 'npm-cli.js') return real;
  }
  throw new Stop(
    'npm was not found beside Node or on the PATH. Install it (it comes with Node from https://nodejs.org), then run the command again.',
  );
}
