// A thread that does nothing but answer a doorbell. Runs the built code, like the ledger's own thread.
import { workerData } from 'node:worker_threads';

import { Doorbell } from '../../../../dist/drivers/sqlite/doorbell.js';

const { memory, rings } = workerData;
const bell = new Doorbell(memory);
for (let answered = 0; answered < rings; answered += 1) {
  bell.sleep();
  bell.answer();
}
