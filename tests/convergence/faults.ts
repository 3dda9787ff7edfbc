/**
 * The faults of the simulator, by the names under which a run counts them. A run of many seeds in which one of them never fired
 * proves nothing about it, and fails.
 */
export const FAULTS = {
  drop: 'a message was lost, with the connection it was on',
  duplicate: 'the server got an op once more, on a later connection',
  reorder: 'of two messages between tabs, from different senders, the later one arrived first',
  delay: 'a message travelled for more than half a second',
  'half-open': 'a connection ended and neither side was told',
  partition: 'a device was cut off the network',
  'late-frame': 'a message of an old connection reached the server after the tab had opened a newer one',
  'left-out': 'a client that read slowly was not told what changed, and asked for it once more',
  'server-crash': 'the server was gone between two of its turns',
  'server-crash-midway': 'the server was gone between two awaits',
  'server-replaced': 'another server took the ledger over while the old one still served',
  'append-fault': 'an append to the ledger failed, or its outcome was unknown',
  'snapshot-start': 'a server started from snapshots and the log after them',
  'trimmed-start': 'a server started without the beginning of the log, which had been trimmed',
  'hosts-changed': 'a server of several hosts started with another number of them than the one before',
  'op-on-cold': 'an op came to a partition whose records had not been read yet',
  'query-while-loading': 'a query came before all the records that it is about had been read',
  'cold-store-fault': 'the cold store refused to write',
  'restored-backup': 'the ledger was put back to an older state',
  'power-failure-server': 'the server lost its power, and what was not synced with it',
  'tab-freeze': 'a tab was frozen, with whatever locks it held',
  'lead-stolen': 'a tab took the lead from one that was frozen',
  'search-worker-died': 'the worker that had the search indexes of a tab died',
  'tab-crash': 'a tab was gone between two of its turns',
  'tab-kill': 'a tab was gone between two awaits',
  'clock-jump': 'the clock of a device jumped',
  'power-failure-device': 'a device lost its power, and the local transactions that need not be strict',
  'lost-transaction': 'a device lost its last local transactions, though they were told to be durable',
  'restored-profile': 'the local database of a device was put back to an older state',
  quota: 'local storage was full for a while',
  evicted: 'confirmed records had to make way for what was written',
  'closed-handle': 'the browser closed a local database under its tabs: some reads and transactions failed',
  'wiped-database': 'the local database of a device was deleted while no tab was open',
  'write-in-fill': 'something was written while a device filled a view in turns',
  'record-ended': 'a record came to its end, and the server removed it',
  'tombstones-collected': 'the server forgot a removal, an unset field or a tag that was taken away',
  'away-too-long': 'a device came back after something was forgotten of which it may not have heard',
  'rules-changed': 'a server started with other rules than the one before',
  'claims-changed': 'the token of a user came to say something else, on a device that was connected or not',
  'call-again': 'an app made a call again, not knowing what had become of it, or knowing it',
  'wiped-open-database': 'the local database of a device was deleted under its open tabs',
} as const satisfies Readonly<Record<string, string>>;

export type Fault = keyof typeof FAULTS;

/**
 * Faults of the design that cannot fire yet, because what they are about does not exist: each moves up as that comes. They are not
 * counted.
 */
export const FAULTS_TO_COME = {
  'older-client': 'a client of the version before talks to the server: there is one version of the protocol so far',
} as const;

export type FaultCounts = Readonly<Record<Fault, number>>;

export interface FaultCounter {
  readonly counts: FaultCounts;
  fired(fault: Fault): void;
}

export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

export function createFaultCounter(): FaultCounter {
  const counts = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<Fault, number>;
  return { counts, fired: (fault) => void (counts[fault] += 1) };
}

export function addFaults(a: FaultCounts, b: FaultCounts): FaultCounts {
  return Object.fromEntries(FAULT_NAMES.map((name) => [name, a[name] + b[name]])) as Record<Fault, number>;
}
