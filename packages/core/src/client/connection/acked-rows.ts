/**
 * Keys whose own acked op the server's answers may not show yet, with the ledger position that will.
 * Without this memory a row could go between its ack and the push that follows.
 */
export interface AckedRows {
  note(map: string, key: string, position: number): void;
  /** Whether an op of the key was acked at a later position than `through`. */
  isAhead(map: string, key: string, through: number): boolean;
  /** Forgets, and gives back, the keys that every subscription's members speak for by now. */
  takeThrough(position: number): ReadonlyMap<string, readonly string[]>;
}

export function createAckedRows(): AckedRows {
  const positions = new Map<string, Map<string, number>>();
  return {
    note(map, key, position) {
      let ofMap = positions.get(map);
      if (ofMap === undefined) {
        ofMap = new Map();
        positions.set(map, ofMap);
      }
      // Taken out first, so that a map's keys stay in the order of their positions.
      ofMap.delete(key);
      ofMap.set(key, position);
    },
    isAhead: (map, key, through) => (positions.get(map)?.get(key) ?? -1) > through,
    takeThrough(position) {
      const taken = new Map<string, readonly string[]>();
      for (const [map, ofMap] of positions) {
        const keys: string[] = [];
        for (const [key, at] of ofMap) {
          if (at > position) break;
          ofMap.delete(key);
          keys.push(key);
        }
        if (keys.length > 0) taken.set(map, keys);
        if (ofMap.size === 0) positions.delete(map);
      }
      return taken;
    },
  };
}
