import type { LwwRecord, Op } from '../../crdt/index.js';
import type { TakeSteps } from '../../query/index.js';

/** What the leader needs to know of its own tab's stores. Implemented over the map stores; read only. */
export interface LocalState {
  /**
   * The confirmed records (base, without pending ops) of a map, loaded from storage when they are not in memory.
   * The map is the live one: at the moment the promise resolves it reflects every `TabEvent` delivered so far.
   * Read it at once, without awaiting anything else, and never change it. Fails by resolving to `null`.
   */
  base(map: string): Promise<ReadonlyMap<string, LwwRecord> | null>;

  /** Whether the map is in memory, or on its way there. */
  isInMemory(map: string): boolean;

  /** Grows with every change of the map's base: as long as it is the same, so is what `base` gave. */
  baseRevision(map: string): number;

  /**
   * The ops shown as pending here that are durable: own ones whose `persisted` has resolved, and those of siblings, of maps that
   * are not loaded too. Compared with the outbox when the leader changes: one that is in no outbox any more has been decided.
   */
  pendingOps(): readonly Op[];

  /** Takes steps in turns of the page, when the views are filled that the app waits for. */
  readonly afterViews: TakeSteps;
}
