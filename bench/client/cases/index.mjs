// The cases of the suite, in the order in which they run.

import { measureBulkDurable } from './bulk-durable.mjs';
import { measureColdStart } from './cold-start.mjs';
import { measureLongestTask } from './longest-task.mjs';
import { measureSetCall } from './set-call.mjs';
import { measureVisits } from './visits.mjs';

/**
 * @typedef {object} CaseOptions
 * @property {Awaited<ReturnType<typeof import('../../method/browser.mjs').startProfiles>>} profiles
 * @property {ReturnType<typeof import('../../method/report.mjs').createReport>} report
 * @property {readonly string[] | undefined} subjects only these
 * @property {readonly number[]} sizes of the cases that have several
 * @property {boolean} isQuick
 * @property {string} dataFolder
 */

/** @type {Record<string, (options: CaseOptions) => Promise<void>>} */
export const cases = {
  'set-call': measureSetCall,
  'bulk-durable': measureBulkDurable,
  'cold-start': measureColdStart,
  visits: measureVisits,
  'longest-task': measureLongestTask,
};
