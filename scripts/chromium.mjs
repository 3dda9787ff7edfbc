// Finds a Chromium for the browser tests, in this order: the one named in TOPGUN_CHROMIUM, the one Playwright brings, the
// system's, Playwright's download, Debian's package. A sentence says what to do when there is none.

import { existsSync } from 'node:fs';
import path from 'node:path';

import { run, runNode } from './children.mjs';
import { projectPath } from './paths.mjs';
import { Stop, say, step } from './progress.mjs';

/**
 * @typedef {object} ChromiumChoice
 * @property {string} from where it was found, for the log
 * @property {string | undefined} executablePath undefined leaves the choice to Playwright, which then finds its own
 */

/**
 * Finds a Chromium that starts, installing one when there is none.
 *
 * @returns {Promise<ChromiumChoice>}
 */
export async function findChromium() {
  const { chromium } = await import('playwright');
  const bundled = chromium.executablePath();

  const named = process.env['TOPGUN_CHROMIUM'];
  if (named) {
    const problem = existsSync(named) ? await problemWith(named) : 'there is no such file';
    if (problem === null) return { from: 'TOPGUN_CHROMIUM', executablePath: named };
    throw new Stop(
      `TOPGUN_CHROMIUM is ${named}, which cannot be used: ${problem}. Correct it, or unset it to let one be found.`,
    );
  }
  for (const choice of installedChoices(bundled)) {
    const problem = await problemWith(choice.executablePath);
    if (problem === null) return choice;
    say(`${choice.executablePath ?? 'the Chromium of Playwright'} does not start: ${problem}`);
  }
  return installChromium(bundled);
}

/**
 * The browsers on this machine, best first, without starting any.
 *
 * @param {string} bundled the path that Playwright names for its own
 * @returns {ChromiumChoice[]}
 */
export function installedChoices(bundled) {
  /** @type {ChromiumChoice[]} */
  const choices = [];
  if (existsSync(bundled) || existsSync(shellMarker(bundled)))
    choices.push({ from: 'Playwright', executablePath: undefined });
  for (const executablePath of systemPaths(process.platform, process.env)) {
    if (existsSync(executablePath)) choices.push({ from: 'the system', executablePath });
  }
  return choices;
}

/**
 * Playwright names its full Chromium even when only its headless shell was installed, which lies in a folder beside it and
 * is complete when this file is there.
 *
 * @param {string} bundled
 */
export function shellMarker(bundled) {
  return bundled.replace(/([\\/])chromium-(\d+)[\\/].*$/, '$1chromium_headless_shell-$2$1INSTALLATION_COMPLETE');
}

/**
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.ProcessEnv} env
 */
function systemPaths(platform, env) {
  if (platform === 'darwin') {
    const home = env['HOME'] ?? '';
    const apps = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];
    return apps.flatMap((app) => [`/Applications/${app}`, `${home}/Applications/${app}`]);
  }
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter(
      (root) => root !== undefined,
    );
    return roots.flatMap((root) => [
      path.join(root, 'Google/Chrome/Application/chrome.exe'),
      path.join(root, 'Chromium/Application/chrome.exe'),
      path.join(root, 'Microsoft/Edge/Application/msedge.exe'),
    ]);
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const folders = new Set(
    [...(env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/local/bin', '/snap/bin'].filter((folder) => folder !== ''),
  );
  return names.flatMap((name) => [...folders].map((folder) => path.join(folder, name)));
}

/**
 * Starts the browser once: a file may be there and still only say that something else must be installed.
 *
 * @param {string | undefined} executablePath
 * @returns {Promise<string | null>} the reason why it cannot be used
 */
async function problemWith(executablePath) {
  const { chromium } = await import('playwright');
  try {
    const browser = await chromium.launch(chromiumLaunchOptions(executablePath));
    await browser.close();
    return null;
  } catch (error) {
    const lines = String(error instanceof Error ? error.message : error).split('\n');
    return (
      lines.find((line) => /error while loading|cannot open|No usable sandbox|snap|ENOENT|EACCES/.test(line))?.trim() ??
      lines[0] ??
      'unknown'
    );
  }
}

/**
 * The options with which every test of the project starts Chromium.
 *
 * @param {string | undefined} executablePath
 * @returns {{ headless: true, args: string[], executablePath?: string }}
 */
export function chromiumLaunchOptions(executablePath) {
  // Chromium refuses to run its sandbox as root, as in most containers.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return executablePath === undefined ? { headless: true, args } : { headless: true, args, executablePath };
}

/**
 * @param {string} bundled
 * @returns {Promise<ChromiumChoice>}
 */
async function installChromium(bundled) {
  const code = await step('downloading Chromium with Playwright (about 110 MB)', () =>
    runNode([projectPath('node_modules/playwright/cli.js'), 'install', 'chromium', '--only-shell']),
  );
  if (code === 0) {
    const problem = await problemWith(undefined);
    if (problem === null) return { from: "Playwright's download", executablePath: undefined };
    say(`the downloaded Chromium does not start: ${problem}`);
  }
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await step('installing the chromium package of this system (about 290 MB)', installDebianPackage);
    for (const choice of installedChoices(bundled)) {
      if ((await problemWith(choice.executablePath)) === null) return choice;
    }
  }
  throw new Stop(
    'the browser tests need Chromium, and none was found or could be installed. Install Chromium or Chrome, or run `node node_modules/playwright/cli.js install --with-deps chromium` once with access to the internet, or name one in TOPGUN_CHROMIUM; then run the command again.',
  );
}

async function installDebianPackage() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-q', '--no-install-recommends', 'chromium'];
  if ((await run('apt-get', install, { env })) === 0) return;
  // The package lists of a fresh container are empty or old.
  await run('apt-get', ['update', '-q'], { env });
  await run('apt-get', install, { env });
}
