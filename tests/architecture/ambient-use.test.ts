import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { ambientUse } from './rules/ambient-use.js';
import { sample } from './sample.js';

test('clock, timers, randomness, network and storage are arguments', () => {
  expect(ambientUse(loadSources())).toEqual([]);
});

test.each([
  ['a timer', `setTimeout(() => {}, 10);`],
  ['a timer that is only declared', `declare const setTimeout: (run: () => void) => void; setTimeout(() => {});`],
  ['the clock in a comparison', `export const real = (clock: unknown) => clock === Date;`],
  ['a repeated timer', `export const stop = setInterval(tick, 10); function tick() {}`],
  ['a timer as a default', `export function f(later = setTimeout) { return later; }`],
  ['a timer by way of the global object', `globalThis.setTimeout(() => {}, 10);`],
  ['a timer in a class field', `export class A { later = setTimeout; }`],
  ['a timer in a shorthand', `export const timers = { setTimeout };`],
  ['a timer behind a cast', `export const later = (setTimeout as (f: () => void) => void);`],
  ['a timer of a signal', `export const s = AbortSignal.timeout(10);`],
  ['the clock', `export const now = () => Date.now();`],
  ['the clock as a value', `export const now = Date.now;`],
  ['the clock, unpacked', `const { now } = Date; export { now };`],
  ['the clock by a constructor', `export const now = () => new Date();`],
  ['the clock by a call', `export const now = () => Date();`],
  ['the performance clock', `export const now = () => performance.now();`],
  ['randomness', `export const r = () => Math.random();`],
  ['randomness by a computed name', `export const r = () => Math['random']();`],
  ['cryptographic randomness', `export const id = () => crypto.randomUUID();`],
  ['a module of randomness', `import { randomUUID } from 'node:crypto'; export { randomUUID };`],
  ['a module of timers', `import { setTimeout } from 'node:timers/promises'; await setTimeout(1);`],
  ['locks', `navigator.locks.query();`],
  ['a channel', `export const c = new BroadcastChannel('a');`],
  ['storage', `export const s = localStorage.getItem('a');`],
  ['a database', `indexedDB.open('a');`],
  ['the page', `document.title = 'a'; `],
  ['the window', `window.addEventListener('online', () => {});`],
  ['the network', `export const r = fetch('/a');`],
  [
    'a name that only another function declares',
    `export function f(document: string) { return document; } document.close();`,
  ],
])('refuses %s', (_case, text) => {
  expect(ambientUse(sample({ 'packages/core/src/client/a.ts': text }))).toHaveLength(1);
});

test('refuses files and threads in the server outside adapters, and allows them in their places', () => {
  const text = `import { readFileSync } from 'node:fs'; export { readFileSync };`;
  expect(ambientUse(sample({ 'server/src/services/a.ts': text }))).toHaveLength(1);
  expect(ambientUse(sample({ 'server/src/adapters/a.ts': text, 'server/src/prisma/a.ts': text }))).toEqual([]);
  const http = `import { createServer } from 'node:http'; export { createServer };`;
  expect(ambientUse(sample({ 'server/src/op-pipeline/a.ts': http }))).toHaveLength(1);
  expect(ambientUse(sample({ 'server/src/gateway/a.ts': http }))).toEqual([]);
});

test.each([
  [
    'a date of given parts',
    `export const d = (ms: number) => new Date(ms).toISOString(); export const u = Date.UTC(2020, 1);`,
  ],
  ['a test for a date', `export const is = (x: unknown) => x instanceof Date;`],
  ['arithmetic', `export const m = Math.max(1, Math.floor(2.5));`],
  ['a microtask', `queueMicrotask(() => {});`],
  [
    'names as keys and members',
    `export const a = { setTimeout: 1, now: 2 }; export const b = a.setTimeout; export class C { fetch() {} }`,
  ],
  ['names as types', `export type A = typeof setTimeout; export interface B extends Window { crypto: Crypto }`],
  [
    'names as parameters',
    `export function f({ setTimeout }: { setTimeout: () => void }, [document]: string[]) { setTimeout(); return document; }`,
  ],
  ['names of imports', `import { performance } from './ports.js'; export const n = performance.now();`],
  [
    'names in loops, catches and blocks',
    `for (const document of []) f(document); try { f(1); } catch (window) { f(window); } { const crypto = 1; f(crypto); } function f(x: unknown) { return x; }`,
  ],
])('allows %s', (_case, text) => {
  expect(ambientUse(sample({ 'packages/core/src/client/a.ts': text }))).toEqual([]);
});

test.each([
  'packages/core/src/client/adapters/browser-clock.ts',
  'packages/core/src/client/environment/browser-environment.ts',
  'packages/core/src/client/a.test.ts',
  'server/src/adapters/system-clock.ts',
  'server/src/main.ts',
  'server/src/create-server.ts',
])('allows everything in %s', (path) => {
  expect(ambientUse(sample({ [path]: `setTimeout(() => Date.now(), Math.random());` }))).toEqual([]);
});

test.each(['server/src/main/a.ts', 'server/src/create-server.tsx', 'packages/core/src/client/environment.ts'])(
  '%s is no composition root',
  (path) => {
    expect(ambientUse(sample({ [path]: `setTimeout(() => {}, 1);` }))).toHaveLength(1);
  },
);
