// A TinyBase client. Arguments: the address.

import { answerParent } from '../method/processes.mjs';
import { syncOver } from './tinybase-sync.mjs';
import { createTodos } from './tinybase-todos.mjs';
import { sharedNow } from './workload.mjs';

const [address] = process.argv.slice(2);
const { store, answers } = createTodos();
let synchronizer = null;

answerParent({
  ...answers,
  /** What the other side has, as from storage: 100,000 rows at once are more than the server lets pass. */
  restore(content) {
    store.setMergeableContent(content);
  },
  disconnect: () => synchronizer.then((started) => started.destroy()).then(() => {}),
  connect() {
    const calledAt = sharedNow();
    synchronizer = syncOver(store, address, (error) => console.error(error));
    return calledAt;
  },
  /** There is no cursor to lose: hashes are compared every time. */
  forget() {},
});
