import type { StorageCommit } from '../ports/storage.js';
import type { Decision, MapChanges, TabEvent } from '../ports/tab-events.js';

/**
 * CL-8: what siblings were told while storage failed. A tab that opens meanwhile, or reads a map meanwhile, has it from neither: storage does not
 * have it yet, and it is told no more. So it is told once more when it is stored.
 */
export interface ToldEarly {
  /** Told, and not stored. */
  note(event: TabEvent, commit: StorageCommit): void;
  /** All of it is stored, and nothing that came after it has been told. */
  stored(): void;
}

export function createToldEarly(tell: (event: TabEvent) => void): ToldEarly {
  let decisions: Decision[] = [];
  let maps: MapChanges[] = [];
  return {
    note(event, { base = [] }) {
      if (event.type === 'decided') for (const decision of event.decisions) decisions.push(decision);
      for (const changes of base) maps.push(changes);
    },
    stored() {
      const told = { decisions, maps };
      decisions = [];
      maps = [];
      // Verdicts first: the records of those ops may be gone since. All rows at once: none shows as it was in between.
      if (told.decisions.length > 0) tell({ type: 'decided', position: 0, decisions: told.decisions });
      if (told.maps.length > 0) tell({ type: 'changes', maps: told.maps, subs: [], through: null });
    },
  };
}
