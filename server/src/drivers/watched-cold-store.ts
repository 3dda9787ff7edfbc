import type { ColdStore } from '../ports/cold-store.js';

/** Says when writes begin to fail, and when one has been taken again. Nobody else need tell: whoever writes tries again (PI-4). */
export function watchColdStore(store: ColdStore, onChange: (isBehind: boolean) => void): ColdStore {
  let isBehind = false;
  const note = (found: boolean): void => {
    if (found === isBehind) return;
    isBehind = found;
    onChange(found);
  };
  return {
    through: () => store.through(),
    rows: (map) => store.rows(map),
    close: () => store.close(),
    async write(rows, through) {
      try {
        await store.write(rows, through);
      } catch (error) {
        note(true);
        throw error;
      }
      note(false);
    },
  };
}
