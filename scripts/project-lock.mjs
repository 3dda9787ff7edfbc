// A lock between processes, so that `npm start` and `npm test` at once neither install nor build over each other. It is a
// folder (mkdir is atomic everywhere) that holds the owner's process id, and may be taken over once that process is gone.

import { mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { isAlive } from './process-alive.mjs';
import { say } from './progress.mjs';

const pollEveryMs = 250;
/** How long an owner may take between making the folder and writing its id into it. */
const graceMs = 5_000;

/**
 * Runs `work` while holding the lock.
 *
 * @template T
 * @param {string} folder
 * @param {string} what named to whoever has to wait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProjectLock(folder, what, work) {
  let said = false;
  while (!tryLock(folder)) {
    if (!said) say(`waiting for another command that is ${what} (lock: ${path.basename(folder)})`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * Takes the lock when it is free or its owner is dead.
 *
 * @param {string} folder
 */
export function tryLock(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const owner = readOwner(folder);
    return isGone(folder, owner) && takeOver(folder, owner);
  }
  writeFileSync(ownerFile(folder), String(process.pid));
  return true;
}

/**
 * Of all who saw a dead owner, the one that makes the inner folder looks once more and moves in; so nobody can mistake the
 * new owner's lock for the old one.
 *
 * @param {string} folder
 * @param {string} deadOwner as it was seen
 */
export function takeOver(folder, deadOwner) {
  const taking = path.join(folder, 'taking-over');
  try {
    mkdirSync(taking);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      if (isOlderThan(taking, graceMs)) rmSync(folder, { recursive: true, force: true });
      return false;
    }
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const unchanged = readOwner(folder) === deadOwner;
  if (unchanged) writeFileSync(ownerFile(folder), String(process.pid));
  rmdirSync(taking);
  return unchanged;
}

/**
 * @param {string} folder
 * @param {string} owner
 */
function isGone(folder, owner) {
  return owner === '' ? isOlderThan(folder, graceMs) : !isAlive(Number(owner));
}

/**
 * The process id of the owner; nothing when it has not written it yet.
 *
 * @param {string} folder
 */
function readOwner(folder) {
  try {
    return readFileSync(ownerFile(folder), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {number} ageMs
 */
function isOlderThan(folder, ageMs) {
  try {
    return Date.now() - statSync(folder).mtimeMs > ageMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @param {string} folder */
function ownerFile(folder) {
  return path.join(folder, 'owner');
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
