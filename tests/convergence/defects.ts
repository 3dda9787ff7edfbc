/** Faults put into the product's way on purpose, to see that an oracle notices. All absent: an honest run. */
export interface Defects {
  /** The client takes some writes and does nothing. */
  readonly writesAreIgnored?: boolean;
  /** Acked ops are left out of the segment that is written. */
  readonly ledgerLosesOps?: boolean;
  /** The ledger takes appends of a server that another has replaced. */
  readonly ledgerHasNoFence?: boolean;
  /** The server stamps ops as they arrive. */
  readonly stampsByArrival?: boolean;
  /** Some submitted values arrive as others. */
  readonly valuesChangeOnTheWay?: boolean;
  /** `gone` never reaches the clients. */
  readonly goneIsLost?: boolean;
  /** Some rows of first answers, and some pushed rows, are left out. */
  readonly rowsAreLost?: boolean;
  /** Some verdicts never reach the client. */
  readonly verdictsAreLost?: boolean;
  /** Local storage says yes and forgets some of the ops it was given. */
  readonly outboxLosesOps?: boolean;
  /** Local storage forgets some of the confirmed changes. */
  readonly baseLosesChanges?: boolean;
  /** Local storage takes one row of a kept view for another. */
  readonly keptViewsAreWrong?: boolean;
  /** Local storage says yes and keeps none of the ops that were accepted. */
  readonly keptOpsAreLost?: boolean;
  /** Where there is no room, unsent ops make some. */
  readonly evictionTakesTheOutbox?: boolean;
  /** The cold store says yes and leaves out some rows. */
  readonly coldStoreLosesRows?: boolean;
  /** Some snapshots are not written, though it is said that they are: older ones stay. */
  readonly snapshotsAreOld?: boolean;
  /** Partitions are taken for loaded when nothing of their snapshots has been read: ops are judged as if no record were there. */
  readonly partitionsOpenEmpty?: boolean;
  /** Views show what they showed when they were last read. */
  readonly viewsAreLate?: boolean;
  /** The ledger says that an append is durable before it is synced. */
  readonly ledgerAcksBeforeSync?: boolean;
  /** The ends of records are an hour later when they reach the server. */
  readonly endsMoveOnTheWay?: boolean;
  /** Clients hear nothing of the ends of records. */
  readonly endsAreLost?: boolean;
  /** The server's clock is two minutes ahead of the time. */
  readonly serverEndsEarly?: boolean;
  /** The server forgets removals at once, whatever the horizon. */
  readonly serverForgetsAtOnce?: boolean;
  /** Clients are not told that removals have been forgotten while they were away. */
  readonly anewIsLost?: boolean;
  /** Acked counts are counted twice in what clients are told. */
  readonly totalsAreWrong?: boolean;
  /** Values put into sets reach the server as others. */
  readonly setValuesChange?: boolean;
  /** The server refuses what it should take. */
  readonly serverRefuses?: boolean;
  /** Everybody is shown everything, whatever the rules say. */
  readonly readsAreNotJudged?: boolean;
  /** Everybody may write everything, whatever the rules say. */
  readonly writesAreNotJudged?: boolean;
  /** Clients are not told of records that they may not read any more. */
  readonly purgesAreLost?: boolean;
  /** What clients ask about rows that they have stored never reaches the server. */
  readonly checksAreLost?: boolean;
  /** Nobody may update anything, whatever the rules say. */
  readonly rulesRefuse?: boolean;
  /** Digests reach the server as others. */
  readonly digestsChange?: boolean;
  /** Each time that a call is asked, the server takes it for another one. */
  readonly callsAreAnew?: boolean;
  /** What a call has read in its first run it takes for true in the next one, too: what others wrote meanwhile is overwritten. */
  readonly callsOverwrite?: boolean;
  /** The search index of a tab misses some of what it is told. */
  readonly indexesLoseWords?: boolean;
  /** Of what a search finds clients are told one too many, of as many completions one too few. */
  readonly searchesAreMiscounted?: boolean;
  /** The server counts one more than may be seen in what a search finds. */
  readonly serverCountsUnseen?: boolean;
  /** Hosts that share a ledger write their parts of a transaction each by itself. */
  readonly partsGoAlone?: boolean;
  /** The server's messages are, now and then, not what the protocol says. */
  readonly messagesAreUnreadable?: boolean;
}

export const NO_DEFECTS: Defects = {};
