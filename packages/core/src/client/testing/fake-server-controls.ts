import type { LwwRecord, Op } from '../../crdt/index.js';
import type { ErrorCode, Limits, RejectionCode } from '../../protocol/index.js';
import type { Query } from '../../query/index.js';

/** A server of one process and no disk that speaks the protocol: naive, deterministic, and in the hands of a test. */
export interface FakeServer {
  readonly records: ReadonlyMap<string, ReadonlyMap<string, LwwRecord>>;
  /** Every op taken, in the order of decision; an op submitted twice is here once. */
  readonly taken: readonly Op[];
  /** Tokens that clients have shown on connections that stood. */
  readonly shownTokens: readonly string[];
  /** Every op of every submit, in the order of arrival, with the number of its connection. */
  readonly submitted: readonly { readonly connection: number; readonly partition: number; readonly op: Op }[];
  readonly limits: Limits;
  position(): number;
  /** Answers to submits wait until `release`. */
  holdDecisions(): void;
  releaseDecisions(): void;
  /** Answers to subscribes wait until `release`. */
  holdAnswers(): void;
  releaseAnswers(): void;
  /** What is held back never comes; what comes from then on is answered. */
  loseAnswers(): void;
  /** Gives the oldest answer that waits; the others go on waiting. */
  releaseOneAnswer(): void;
  /** Ops for which `judge` gives a code are refused. */
  refuse(judge: (op: Op) => RejectionCode | null): void;
  /** HK-3: ops are stored as `change` makes them, and their authors are told. */
  change(change: (op: Op) => Op): void;
  refuseQueries(code: ErrorCode | null): void;
  /** The next connections are refused with this code, until `null`. */
  refuseHello(code: ErrorCode | null): void;
  /** A write of someone else. */
  write(op: Op): void;
  /** CR-10: forgets all it knows of a key: who is complete up to before now is told that its rows are sent anew. */
  forget(map: string, key: string): void;
  /** How subscriptions whose client says what it has are answered: `all`: as if it had nothing; else SY-2, `diffs` where it can. */
  resumes: 'all' | 'exchange' | 'diffs';
  /** PT-10: it takes the subscriptions of a hello. */
  takesSubs: boolean;
  /** The next push to a subscription is lost on the way. */
  loseNextPush(): void;
  /** Says nothing any more, not even to pings. */
  freeze(): void;
  thaw(): void;
  /** SY-2: makes a backup; the function puts it back, and loses the connections that are open. */
  backUp(): () => void;
  /** Loses the connections that are open. */
  dropConnections(): void;
  openConnections(): number;
  /** How many sessions were closed because a newer one spoke for a replica of theirs. */
  replacedSessions(): number;
  rows(map: string): ReadonlyMap<string, unknown>;
  /** The keys of what a subscription to the query is sent. */
  answer(map: string, query: Query): Iterable<string>;
  lineage: string;
  /** SY-2: it says that ops may be missing before some that it has decided. */
  hasGaps: boolean;
}
