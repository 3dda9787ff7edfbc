import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage, WelcomeMessage } from '@topgun/core/protocol';

import { OpAuthor } from '../../../server/src/testing/op-author.js';
import { connectWire, helloOf, type WireClient } from '../../../server/src/testing/wire-client.js';
import { nextMessage, type OwnKeys } from './load.js';

const isWelcome = (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome';
const isDecided = (message: ServerMessage): message is DecidedMessage => message.type === 'decided';

/** Ops it has under way at most: enough that every kill meets some, few enough that acks come soon. */
const UNDER_WAY = 150;

/** Ops that go out in one message; as a transaction they are decided together (CR-12). */
export interface LoadMessage {
  readonly ops: readonly Op[];
  readonly isTransaction: boolean;
}

/** One client of many lives of a server: it sends without pause, and in each life first what it was told nothing of. */
export class LoadClient {
  readonly ops: Op[] = [];
  readonly acked = new Set<number>();
  /** How far its ops are decided, as the server said when it let the client in. */
  decided = 0;
  /** How many acks it has had, not counting those of what earlier lives had decided. */
  newAcks = 0;
  /** Whether a server has said that it serves no more. */
  isToldOfEnd = false;
  readonly #author: OpAuthor;
  readonly #messages: LoadMessage[] = [];
  readonly #keys: OwnKeys;
  #client: WireClient | null = null;
  #highestAcked = 0;

  constructor(name: string, hash: Hash64) {
    this.#author = new OpAuthor(`${name}.0`, hash);
    this.#keys = { name, rows: [], notes: [] };
  }

  get undecided(): number {
    return this.ops.length - this.acked.size;
  }

  /** Throws when what it was told is not so any more. */
  async connect(url: string): Promise<void> {
    const { replica } = this.#author;
    // As clients do, it says how far it was acked: a server that has less notices (SY-2).
    this.#client = await connectWire(url, { ...helloOf(), replicas: [[replica, 0, this.#highestAcked]] });
    const { decided } = await this.#client.until(isWelcome);
    this.decided = decided?.[0]?.[1] ?? 0;
    if (this.decided < this.#highestAcked) {
      throw new Error(`${replica}: op ${this.#highestAcked} was acked, and only ${this.decided} are there`);
    }
    const torn = this.#messages.find(
      ({ ops, isTransaction }) => isTransaction && ops[0]!.seq <= this.decided && ops.at(-1)!.seq > this.decided,
    );
    if (torn !== undefined) {
      throw new Error(`${replica}: of the transaction from op ${torn.ops[0]!.seq} on, only ${this.decided} is there`);
    }
  }

  /** Sends until the connection ends, or until `enough` says so and everything is acked. */
  async run(enough: () => boolean): Promise<void> {
    const client = this.#client!;
    for (const message of this.#messages) {
      if (message.ops.some(({ seq }) => !this.acked.has(seq))) this.#submit(message);
    }
    while (client.isConnected && !(enough() && this.undecided === 0)) {
      while (!enough() && this.undecided < UNDER_WAY) {
        const message = nextMessage(this.#author, this.#keys);
        this.#messages.push(message);
        this.ops.push(...message.ops);
        this.#submit(message);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
      this.#hear();
    }
    if (!client.isConnected) await client.closed;
    // What had left the server before it was killed is an ack too.
    this.#hear();
    client.close();
  }

  #submit({ ops, isTransaction }: LoadMessage): void {
    const transaction = isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
    this.#client!.send({ type: 'submit', batches: this.#author.batches(...ops), ...transaction });
  }

  #hear(): void {
    for (const message of this.#client!.received.splice(0)) {
      if (message.type === 'error' && message.code === 'shutting-down') this.isToldOfEnd = true;
      else if (message.type === 'error') throw new Error(`${this.#author.replica}: ${message.code}, ${message.reason}`);
      if (!isDecided(message)) continue;
      for (const [seq] of message.verdicts) {
        if (this.acked.has(seq)) throw new Error(`${this.#author.replica}: op ${seq} is acked twice`);
        if (seq > this.decided) this.newAcks += 1;
        this.acked.add(seq);
        this.#highestAcked = Math.max(this.#highestAcked, seq);
      }
      const [refused] = message.rejected;
      if (refused !== undefined) {
        throw new Error(`${this.#author.replica}: op ${refused.seq} is refused, ${refused.code}: ${refused.reason}`);
      }
    }
  }
}
