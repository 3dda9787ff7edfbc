/**
 * PI-1 to PI-3: the durable, fenced log of decided ops. Acked means: `append` has resolved `committed`.
 * Positions are dense, from 1 or from where the log was trimmed. One contract suite (`ledger.contract.ts`) runs against every driver.
 */
export interface Ledger {
  /** Claims the ledger for this process: epoch + 1, in one statement. Creates the ledger (and mints its lineage) when absent. */
  claim(): Promise<LedgerClaim>;
  /**
   * Appends one segment if this claim is still the newest; the check and the insert are one statement, durable (fsync) when it resolves.
   * One append at a time: the caller waits for the previous one.
   * Never throws. `unknown` means the outcome could not be learnt (timeout, worker or connection gone): `renew` and reload
   * before answering anyone. While the place cannot be reached, has no room or takes no writes it waits.
   * `joint`: PI-27: the transactions of which the segment has some of the parts, and other hosts the rest. Only a shared ledger knows what to do with it.
   */
  append(segment: Uint8Array, joint?: readonly JointId[]): Promise<AppendOutcome>;
  /**
   * Gives up this claim's epoch for the next one, and returns it; `null` when another process has claimed the ledger. An
   * append that was `unknown` is in the log by then or never will be: without this, the place may still be at work on it
   * while a reload finds nothing. After a renewal that throws, the claim may count as replaced.
   */
  renew(): Promise<number | null>;
  /** Segments after `position`, in order, in chunks. */
  read(after: number): AsyncIterable<readonly LedgerSegment[]>;
  /**
   * PI-14: gives up the segments up to `through`, but never the last there is; part by part, so that appends go in between. Does nothing when another
   * process has claimed the ledger. Whoever needed them reads what is left: the first segment says so by its position.
   */
  trim(through: number): Promise<void>;
  close(): Promise<void>;
}

/** Names a transaction of which the parts lie in several hosts. */
export type JointId = string;

export interface LedgerClaim {
  readonly epoch: number;
  /** Minted when the ledger was created; another lineage means another history (SY-2). */
  readonly lineage: string;
  /** The last position that was appended; 0 when empty. */
  readonly position: number;
}

export interface LedgerSegment {
  readonly position: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

export type AppendOutcome =
  | { readonly type: 'committed'; readonly position: number }
  /** Another process has claimed the ledger: nothing was written, and nothing ever will be by this claim. */
  | { readonly type: 'fenced' }
  /** Nothing was written, by no fault that passes; trying again is safe. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'unknown'; readonly reason: string }
  /** Nothing was written, and nothing can be: what is there is no ledger any more. */
  | { readonly type: 'damaged'; readonly reason: string };
