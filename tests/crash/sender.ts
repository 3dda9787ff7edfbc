import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage, WelcomeMessage } from '@topgun/core/protocol';

import { OpAuthor } from '../../server/src/testing/op-author.js';
import { connectWire, helloOf, type WireClient } from '../../server/src/testing/wire-client.js';
import type { ServerProcess } from './server-process.js';

const isWelcome = (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome';
const isDecided = (message: ServerMessage): message is DecidedMessage => message.type === 'decided';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client that sends and sends, comes back whenever it is cut off, and sends again what it had no verdict of. */
export class Sender {
  readonly author: OpAuthor;
  readonly sent: Op[] = [];
  /** Those whose verdict has been told. */
  readonly acked = new Set<number>();
  readonly map: string;
  readonly #server: () => ServerProcess;
  readonly #parts: number | null;
  #more = true;

  /** `server`: the one that runs now, or is about to. `parts`: it sends transactions of so many; `null`: none. */
  constructor(server: () => ServerProcess, replica: string, map: string, hash: Hash64, parts: number | null = null) {
    this.author = new OpAuthor(replica, hash);
    this.map = map;
    this.#server = server;
    this.#parts = parts;
  }

  get undecided(): Op[] {
    return this.sent.filter(({ seq }) => !this.acked.has(seq));
  }

  /** No more new ones: ends when all it has sent are acked. */
  enough(): void {
    this.#more = false;
  }

  async run(): Promise<void> {
    while (this.#more || this.undecided.length > 0) {
      const client = await this.#connect();
      if (client === null) continue;
      this.#submit(client, this.undecided);
      while (client.isConnected && (this.#more || this.undecided.length > 0)) {
        if (this.#more && this.undecided.length < 300) {
          const ops = Array.from({ length: this.#parts ?? 5 }, () =>
            this.author.create(this.map, `k${this.author.issued}`, { n: this.author.issued }),
          );
          this.sent.push(...ops);
          this.#submit(client, ops);
        }
        await pause(3);
        this.#hear(client);
      }
      this.#hear(client);
      client.close();
    }
  }

  /** `null`: the server is not there, or lets nobody in. */
  async #connect(): Promise<WireClient | null> {
    const { replica } = this.author;
    const client = await connectWire(this.#server().url, helloOf(replica)).catch(() => null);
    if (client === null) {
      await pause(20);
      return null;
    }
    const welcome = await client.until(isWelcome).catch(() => null);
    if (welcome === null) return null;
    const [decided = 0] = (welcome.decided ?? []).map(([, seq]) => seq);
    const highest = Math.max(0, ...this.acked);
    if (decided < highest) throw new Error(`op ${highest} of ${replica} was acked, and the server has ${decided}`);
    return client;
  }

  #submit(client: WireClient, ops: readonly Op[]): void {
    const parts = this.#parts;
    if (parts === null) {
      if (ops.length > 0) client.send({ type: 'submit', batches: this.author.batches(...ops) });
      return;
    }
    // CR-12: the sequences are without a gap from 1 on.
    const firsts = new Set(ops.map(({ seq }) => seq - ((seq - 1) % parts)));
    for (const first of firsts) {
      const whole = this.sent.slice(first - 1, first - 1 + parts);
      client.send({ type: 'submit', batches: this.author.batches(...whole), transaction: { first, parts } });
    }
  }

  #hear(client: WireClient): void {
    for (const message of client.received.splice(0).filter(isDecided)) {
      const [refused] = message.rejected;
      if (refused !== undefined) throw new Error(`op ${refused.seq} was refused: ${refused.code}, ${refused.reason}`);
      for (const [seq] of message.verdicts) this.acked.add(seq);
    }
  }
}
