// What the runners say they did, brought to one form and summed.

import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { projectPath } from './paths.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * A check that is green or not: types, lint, format.
 *
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countsOfCheck(exitCode) {
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * @param {any} report vitest's JSON report, undefined when it wrote none
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countsOfVitest(report, exitCode) {
  if (report === undefined) return countsOfCheck(1);
  // A file that cannot be loaded has no test to count.
  const broken = report.testResults.filter(
    (/** @type {any} */ file) =>
      file.status === 'failed' && file.assertionResults.every((/** @type {any} */ test) => test.status !== 'failed'),
  );
  return honest(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    exitCode,
  );
}

/**
 * @param {any} report Playwright's JSON report, undefined when it wrote none
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countsOfPlaywright(report, exitCode) {
  if (report === undefined) return countsOfCheck(1);
  const { expected, unexpected, flaky, skipped } = report.stats;
  return honest({ passed: expected, failed: unexpected + flaky, skipped }, exitCode);
}

/**
 * What failed, each with where and why, so that the end of a long log says it.
 *
 * @param {any} report vitest's JSON report, undefined when it wrote none
 * @returns {string[]}
 */
export function failuresOfVitest(report) {
  return (report?.testResults ?? []).flatMap((/** @type {any} */ file) => {
    const failed = file.assertionResults.filter((/** @type {any} */ test) => test.status === 'failed');
    if (failed.length === 0) return file.status === 'failed' ? [failure(file.name, '', [file.message])] : [];
    return failed.map((/** @type {any} */ test) => failure(file.name, test.fullName, test.failureMessages));
  });
}

/**
 * @param {any} report Playwright's JSON report, undefined when it wrote none
 * @returns {string[]}
 */
export function failuresOfPlaywright(report) {
  const broken = (report?.errors ?? []).map((/** @type {any} */ error) => failure('', '', [error.message]));
  return [...broken, ...(report?.suites ?? []).flatMap(failuresOfSuite)];
}

/**
 * @param {any} suite
 * @returns {string[]}
 */
function failuresOfSuite(suite) {
  const own = (suite.specs ?? [])
    .filter((/** @type {any} */ spec) => !spec.ok)
    .map((/** @type {any} */ spec) => {
      const results = spec.tests.flatMap((/** @type {any} */ test) => test.results);
      const errors = results.flatMap((/** @type {any} */ result) => result.errors);
      return failure(
        spec.file,
        spec.title,
        errors.map((/** @type {any} */ error) => error.message),
      );
    });
  return [...own, ...(suite.suites ?? []).flatMap(failuresOfSuite)];
}

/**
 * @param {string} file
 * @param {string} title
 * @param {readonly string[]} messages
 */
function failure(file, title, messages) {
  const why = stripVTControlCharacters(messages[0] ?? 'no reason given').split('\n');
  const place = [path.relative(projectPath(''), path.resolve(projectPath(''), file)), title].filter(
    (part) => part !== '',
  );
  return [place.join(' › '), ...why.slice(0, 8).map((line) => `  ${line}`)].join('\n');
}

/**
 * A runner that ends with an error has failed, whatever it counted: an unhandled rejection belongs to no test.
 *
 * @param {Counts} counts
 * @param {number} exitCode
 * @returns {Counts}
 */
function honest(counts, exitCode) {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export function sumCounts(all) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const counts of all) {
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
  }
  return sum;
}

/** @param {Counts} counts */
export function summaryLine(counts) {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}
