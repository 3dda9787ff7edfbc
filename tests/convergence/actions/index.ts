import { ACCESS_CHANGES } from './access-changes.js';
import type { ActionTable } from './action.js';
import { CALLS } from './calls.js';
import { COUNTER_WRITES } from './counter-writes.js';
import { NETWORK_FAULTS } from './network-faults.js';
import { RECORD_WRITES } from './record-writes.js';
import { LIVE_SEARCHES } from './searches.js';
import { SERVER_FAULTS } from './server-faults.js';
import { SET_WRITES } from './set-writes.js';
import { STORAGE_FAULTS } from './storage-faults.js';
import { TAB_FAULTS } from './tab-faults.js';
import { TIME } from './time.js';
import { TRANSACTIONS } from './transactions.js';
import { VIEWS } from './views.js';

/** Everything that may happen in a run. Another kind of write is another file, and one more line here. */
export const ACTIONS: ActionTable = {
  ...RECORD_WRITES,
  ...SET_WRITES,
  ...COUNTER_WRITES,
  ...TRANSACTIONS,
  ...CALLS,
  ...VIEWS,
  ...LIVE_SEARCHES,
  ...TAB_FAULTS,
  ...NETWORK_FAULTS,
  ...STORAGE_FAULTS,
  ...SERVER_FAULTS,
  ...TIME,
  ...ACCESS_CHANGES,
};
