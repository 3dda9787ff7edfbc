// Brings node_modules in line with the lock file before anything else of the project runs. Only Node's own modules may be
// imported here and in what it imports: on a fresh clone there is nothing else.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { runNode } from './children.mjs';
import { nestedNpmEnv, npmScript } from './npm.mjs';
import { projectPath } from './paths.mjs';
import { Stop, step } from './progress.mjs';
import { withProjectLock } from './project-lock.mjs';

/** Installs the project's packages when they are missing or of another lock file. */
export async function bootstrap() {
  await install(projectPath('.'), 'installing packages (the first time this takes about half a minute)');
}

/**
 * Installs one folder with a lock file of its own.
 *
 * @param {string} folder
 * @param {string} label
 */
export async function install(folder, label) {
  if (isMarked(folder)) return;
  await withProjectLock(projectPath('.topgun-install.lock'), 'installing or building', async () => {
    if (isMarked(folder)) return;
    if (!isInstalledByHand(folder)) await step(label, () => npmCi(folder));
    writeFileSync(markerFile(folder), fingerprint(folder));
  });
}

/** @param {string} folder */
async function npmCi(folder) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
  const code = await runNode([npmScript(process.env), ...args], {
    cwd: folder,
    env: nestedNpmEnv(process.env),
  });
  if (code !== 0) {
    throw new Stop(
      `npm could not install the packages (exit code ${code}, its reason is above). Check the connection to the npm registry, then run the command again.`,
    );
  }
}

/** @param {string} folder */
function isMarked(folder) {
  const marker = markerFile(folder);
  return existsSync(marker) && readFileSync(marker, 'utf8') === fingerprint(folder);
}

/** @param {string} folder */
function markerFile(folder) {
  return path.join(folder, 'node_modules/.topgun-installed');
}

/**
 * Changes whenever another set of packages would be installed: other locks, another platform, another native interface.
 *
 * @param {string} folder
 */
function fingerprint(folder) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json']) hash.update(readFileSync(path.join(folder, file)));
  hash.update(`${process.platform}-${process.arch}-${process.versions.modules}`);
  return hash.digest('hex');
}

/** Someone who has run `npm install` need not wait for a second one. @param {string} folder */
function isInstalledByHand(folder) {
  const installed = path.join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
  return isSatisfied(lock, JSON.parse(readFileSync(installed, 'utf8')), hostPlatform());
}

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 * @typedef {{ os: string, cpu: string, libc: string | null }} Platform
 */

/**
 * Whether npm's own record of node_modules holds every package that the lock file asks for on this platform.
 *
 * @param {Lock} lock
 * @param {Lock} installed
 * @param {Platform} platform
 */
export function isSatisfied(lock, installed, platform) {
  return Object.entries(lock.packages).every(([location, entry]) => {
    if (!location.includes('node_modules/')) return true;
    const here = installed.packages[location];
    // An optional package without a platform is there for the sake of another one, which has its own entry.
    if (here === undefined) return entry.optional === true && !(isPlatformPackage(entry) && isFor(entry, platform));
    return here.link === entry.link && here.version === entry.version;
  });
}

/** @param {LockEntry} entry */
function isPlatformPackage(entry) {
  return entry.os !== undefined || entry.cpu !== undefined;
}

/**
 * @param {LockEntry} entry
 * @param {Platform} platform
 */
function isFor(entry, platform) {
  return (
    (entry.os === undefined || entry.os.includes(platform.os)) &&
    (entry.cpu === undefined || entry.cpu.includes(platform.cpu)) &&
    (entry.libc === undefined || platform.libc === null || entry.libc.includes(platform.libc))
  );
}

/** @returns {Platform} */
function hostPlatform() {
  /** @type {any} the type of a report says nothing about its content */
  const report = process.platform === 'linux' ? process.report.getReport() : {};
  const libc = process.platform === 'linux' ? (report.header.glibcVersionRuntime ? 'glibc' : 'musl') : null;
  return { os: process.platform, cpu: process.arch, libc };
}
