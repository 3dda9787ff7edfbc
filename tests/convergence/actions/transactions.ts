import type { RecordEdit } from '../app-tab.js';
import { inSomeTab, type ActionTable } from './action.js';
import { drawEdit, drawPlace, expectVisible } from './record-writes.js';

/** CR-12: several records of both maps, all or nothing. */
export const TRANSACTIONS = {
  transact: {
    weight: 4,
    run: inSomeTab((world, tab) => {
      const edits = new Map<string, RecordEdit & { readonly wasVisible: boolean }>();
      // One that fits into no window is refused, and reaches no ledger.
      const size = Math.min(2 + world.random.integer(3), world.profile.windowOps);
      for (let left = size; left > 0; left -= 1) {
        const { map, key } = drawPlace(world);
        const wasVisible = tab.value(map, key) !== undefined;
        edits.set(`${map}/${key}`, { map, key, edit: drawEdit(world, wasVisible), wasVisible });
      }
      const handle = tab.transact([...edits.values()]);
      world.say(`${tab.name} transaction ${JSON.stringify([...edits.values()])}${handle === null ? ' (not now)' : ''}`);
      if (handle === null) return false;
      world.step('write', `transaction of ${edits.size}`);
      world.history.note(tab.name, handle);
      for (const { map, key, edit, wasVisible } of edits.values()) expectVisible(tab, map, key, edit, wasVisible);
      return true;
    }),
  },
} as const satisfies ActionTable;
