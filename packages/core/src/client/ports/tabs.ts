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
   * `robbed` resolves when another has stolen the lock. `cancel` gives up waiting. (Web Locks; solo: granted at once.)
   */
  lock(name: string, held: (robbed: Promise<void>) => Promise<void>): { cancel(): void };
  /** `null` where there is nobody to steal from, or nothing keeps the others out anyway. */
  readonly stealing: LockStealing | null;
  /** Takes the lock for itself alone when it is free right now; `release` gives it back. */
  tryLock(name: string): Promise<{ release(): void } | null>;
  /**
   * Holds the lock of that name together with all others who share it, until this tab leaves: nobody gets it alone meanwhile, and it waits for
   * whoever has it alone.
   */
  share(name: string): Promise<void>;
  /**
   * How many locks are held whose names begin so, by any tab, in a moment after the call. Absent where nothing tells what others hold.
   */
  readonly countHeld?: (prefix: string) => Promise<number>;
  /** Ends messages, gives up waiting and gives back every lock held through this group. */
  leave(): void;
}

/** CL-4: a lock of a tab that is frozen is never given back. */
export interface LockStealing {
  /** Who holds the lock just now; `null`: nobody. Another tab, and the same one loaded anew, has another name. */
  holderOf(name: string): Promise<string | null>;
  /** As `lock`, but before all who wait: whoever holds the lock has lost it by then, and is told as soon as it can be. */
  steal(name: string, held: (robbed: Promise<void>) => Promise<void>): void;
}
