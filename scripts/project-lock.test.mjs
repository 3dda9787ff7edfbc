import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { projectPath } from './paths.mjs';
import { takeOver, tryLock, withProjectLock } from './project-lock.mjs';

let folder = '';
let lock = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'topgun-lock-'));
  lock = path.join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process id that belongs to nobody any more. */
async function deadProcess() {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return String(child.pid);
}

test('one holder at a time, and free again afterwards, after a failure too', async () => {
  expect(tryLock(lock)).toBe(true);
  expect(tryLock(lock)).toBe(false);
  rmSync(lock, { recursive: true });
  await expect(withProjectLock(lock, 'failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a dead process is taken over, once', async () => {
  mkdirSync(lock);
  writeFileSync(path.join(lock, 'owner'), await deadProcess());
  expect(tryLock(lock)).toBe(true);
  expect(tryLock(lock)).toBe(false);
});

test('a lock that another has taken over meanwhile stays with that one', () => {
  mkdirSync(lock);
  writeFileSync(path.join(lock, 'owner'), String(process.pid));
  expect(takeOver(lock, 'the dead one')).toBe(false);
  expect(readFileSync(path.join(lock, 'owner'), 'utf8')).toBe(String(process.pid));
  expect(tryLock(lock)).toBe(false);
});

test('a lock without an owner is young, or was left half made', () => {
  mkdirSync(lock);
  expect(tryLock(lock)).toBe(false);
  utimesSync(lock, 1, 1);
  expect(tryLock(lock)).toBe(true);
});

test('whoever died while taking over does not keep the lock', async () => {
  mkdirSync(path.join(lock, 'taking-over'), { recursive: true });
  writeFileSync(path.join(lock, 'owner'), await deadProcess());
  expect(tryLock(lock)).toBe(false);
  utimesSync(path.join(lock, 'taking-over'), 1, 1);
  expect(tryLock(lock)).toBe(false);
  expect(tryLock(lock)).toBe(true);
});

test('processes that find one dead owner enter one after the other', async () => {
  mkdirSync(lock);
  writeFileSync(path.join(lock, 'owner'), await deadProcess());
  const log = path.join(folder, 'log');
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withProjectLock } from ${JSON.stringify(pathToFileURL(projectPath('scripts/project-lock.mjs')).href)};
    await withProjectLock(${JSON.stringify(lock)}, 'testing', async () => {
      appendFileSync(${JSON.stringify(log)}, 'in ');
      await new Promise((resolve) => setTimeout(resolve, 20));
      appendFileSync(${JSON.stringify(log)}, 'out ');
    });`;
  const children = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
  const ends = await Promise.all(children.map((child) => once(child, 'close')));
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(6));
  expect(existsSync(lock)).toBe(false);
});
