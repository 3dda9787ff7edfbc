import type { Committed, HostEvent } from '../../ports/partition-host.js';

/** What a host has to say of a commit that it has a part in. */
export interface CommittedPart {
  readonly member: number;
  readonly event: Committed;
}

export interface JoinedEventsListener {
  event(member: number, event: HostEvent): void;
  /** Of every host that has a part in it. Whatever a host says next is of the state after this commit. */
  committed(position: number, parts: readonly CommittedPart[]): void;
}

interface Expected {
  readonly position: number;
  readonly members: readonly number[];
}

/**
 * PI-26: the events of hosts that share a ledger, as those of one: each host's in the order in which it says them, and every commit once, in the order of
 * positions, when all hosts that have a part in it have told of it. What a host says after such a commit waits for the others, so that at every moment what has been heard of each is
 * its state as of the last commit that was handed on.
 */
export class JoinedEvents {
  readonly #listener: JoinedEventsListener;
  readonly #queues: HostEvent[][];
  readonly #expected: Expected[] = [];
  #position = 0;
  #isTelling = false;

  constructor(members: number, listener: JoinedEventsListener) {
    this.#listener = listener;
    this.#queues = Array.from({ length: members }, () => []);
  }

  /** The last commit that was handed on. */
  get position(): number {
    return this.#position;
  }

  /** Where the ledger stands before the first commit. */
  startAt(position: number): void {
    this.#position = position;
  }

  /** These hosts will tell of a commit at this position. Before they do, and in the order of positions. */
  expect(position: number, members: readonly number[]): void {
    this.#expected.push({ position, members });
    this.#tell();
  }

  /** What hosts say while this runs is heard after it. */
  after(run: () => void): void {
    if (this.#isTelling) {
      run();
      return;
    }
    this.#isTelling = true;
    try {
      run();
    } finally {
      this.#isTelling = false;
    }
    this.#tell();
  }

  take(member: number, event: HostEvent): void {
    this.#queues[member]!.push(event);
    this.#tell();
  }

  #tell(): void {
    // What is heard may make hosts say more.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let isMore = true; isMore;) {
        isMore = false;
        for (const member of this.#queues.keys()) if (this.#tellOwn(member)) isMore = true;
        if (this.#tellCommit()) isMore = true;
      }
    } finally {
      this.#isTelling = false;
    }
  }

  /** All that the host says before the next commit that is to be joined. False: nothing. */
  #tellOwn(member: number): boolean {
    const queue = this.#queues[member]!;
    let isTold = false;
    for (let event = queue[0]; event !== undefined && !this.#isJoined(event); event = queue[0]) {
      queue.shift();
      isTold = true;
      this.#listener.event(member, event);
    }
    return isTold;
  }

  /** Otherwise it tells only verdicts once more, of commits before. */
  #isJoined(event: HostEvent): event is Committed {
    return event.type === 'committed' && event.position > this.#position;
  }

  #tellCommit(): boolean {
    const next = this.#expected[0];
    if (next === undefined) return false;
    const parts: CommittedPart[] = [];
    for (const member of next.members) {
      const event = this.#queues[member]![0];
      if (event === undefined || !this.#isJoined(event)) return false;
      parts.push({ member, event });
    }
    for (const member of next.members) this.#queues[member]!.shift();
    this.#expected.shift();
    this.#position = next.position;
    this.#listener.committed(next.position, parts);
    return true;
  }
}
