import { expect, test } from 'vitest';

import {
  countsOfCheck,
  countsOfPlaywright,
  countsOfVitest,
  failuresOfPlaywright,
  failuresOfVitest,
  sumCounts,
  summaryLine,
} from './test-results.mjs';

const vitestReport = (overrides = {}) => ({
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...overrides,
});

test('a check counts as one', () => {
  expect(countsOfCheck(0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(countsOfCheck(2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('vitest: tests that are to be written count as skipped', () => {
  expect(countsOfVitest(vitestReport(), 0)).toEqual({ passed: 5, failed: 0, skipped: 2 });
});

test('vitest: a file that cannot be loaded is a failure, one with failed tests is not counted twice', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ];
  expect(countsOfVitest(vitestReport({ numFailedTests: 1, testResults }), 1).failed).toBe(2);
});

test('a runner that ends with an error has failed even when it counted no failure', () => {
  expect(countsOfVitest(vitestReport(), 1)).toEqual({ passed: 5, failed: 1, skipped: 2 });
  const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 };
  expect(countsOfPlaywright({ stats }, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test('a runner without a report has failed, whatever its exit code', () => {
  expect(countsOfVitest(undefined, 0).failed).toBe(1);
  expect(countsOfPlaywright(undefined, 0).failed).toBe(1);
});

test('Playwright: a test that needed a second try has failed', () => {
  const stats = { expected: 3, unexpected: 1, flaky: 2, skipped: 4 };
  expect(countsOfPlaywright({ stats }, 1)).toEqual({ passed: 3, failed: 3, skipped: 4 });
});

test('what failed is told with its place and its reason, without colours', () => {
  const failed = {
    status: 'failed',
    fullName: 'a group a test',
    failureMessages: ['\u001B[31mexpected 1 to be 2\u001B[39m'],
  };
  const testResults = [
    { status: 'failed', name: 'tests/a.test.ts', message: '', assertionResults: [{ status: 'passed' }, failed] },
    { status: 'failed', name: 'tests/b.test.ts', message: 'Cannot find module', assertionResults: [] },
    { status: 'passed', name: 'tests/c.test.ts', message: '', assertionResults: [{ status: 'passed' }] },
  ];
  expect(failuresOfVitest(vitestReport({ testResults }))).toEqual([
    'tests/a.test.ts › a group a test\n  expected 1 to be 2',
    'tests/b.test.ts\n  Cannot find module',
  ]);
  const spec = (/** @type {boolean} */ ok) => ({
    ok,
    file: 'tests/e2e/d.spec.ts',
    title: `ok: ${ok}`,
    tests: [{ results: [{ errors: ok ? [] : [{ message: 'Timed out' }] }] }],
  });
  const suites = [{ specs: [spec(true)], suites: [{ specs: [spec(false)] }] }];
  expect(failuresOfPlaywright({ suites, errors: [{ message: 'No tests found' }] })).toEqual([
    '\n  No tests found',
    'tests/e2e/d.spec.ts › ok: false\n  Timed out',
  ]);
  expect([failuresOfVitest(undefined), failuresOfPlaywright(undefined)]).toEqual([[], []]);
});

test('the last line is the sum', () => {
  const sum = sumCounts([
    { passed: 1, failed: 0, skipped: 2 },
    { passed: 10, failed: 1, skipped: 0 },
  ]);
  expect(summaryLine(sum)).toBe('11 passed, 1 failed, 2 skipped');
});
