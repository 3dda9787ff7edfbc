/**
 * CL-4: what tabs of one browser share. Named by server origin and principal (CL-10), so databases never mix.
 * In Node, and where a browser lacks the APIs, `solo` implementations stand in.
 */
export interface TabPort {
  /** Joins the tabs that use the database `name`. */
  join(name: string): TabGroup;
}

export interface TabGroup {
  /**
   * Whether locks keep the other tabs out. False where a browser lacks Web Locks (plain http on a LAN): every tab is then granted
   * every lock, so a place in the database must be random (CR-2), and each tab speaks for itself. Messages go around all the same,
   * if they can.
   */
  readonly isExclusive: boolean;
  /** True where no other tab can ever hear: a message need not even be made. Absent: false. */
  readonly isAlone?: boolean;
  /** A message to every *other* tab of the group; values are structured-cloneable. */
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
  /**
   * Waits for the exclusive lock of that name, then runs `held` and keeps the lock until the promise it returned settles or the tab ends.
   * `cancel` gives up waiting. (Web Locks; solo: granted at once.)
   */
  lock(name: string, held: () => Promise<void>): { cancel(): void };
  /** Takes the lock when it is free right now; `release` gives it back. */
  tryLock(name: string): Promise<{ release(): void } | null>;
  /** Ends messages, gives up waiting and gives back every lock held through this group. */
  leave(): void;
}
