import type { Hash64, Value } from '../../packages/core/src/primitives/index.js';
import type { DecidedMessage, ServerMessage } from '../../packages/core/src/protocol/index.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import { connectWire, helloOf, type WireClient } from '../../server/src/testing/wire-client.js';
import { tokenOf } from './attacked-server.js';

/** A user who writes, waits for the verdict, and writes again; and watches everything that there is to see. */
export class HonestClient {
  readonly #client: WireClient;
  readonly #author: OpAuthor;
  readonly #name: string;
  /** Of each write, from when it was sent to when it was decided. */
  readonly waitsMs: number[] = [];

  private constructor(client: WireClient, author: OpAuthor, name: string) {
    this.#client = client;
    this.#author = author;
    this.#name = name;
  }

  static async connect(url: string, name: string, hash: Hash64): Promise<HonestClient> {
    const author = new OpAuthor(`${name}.0`, hash);
    const client = await connectWire(url, { ...helloOf(author.replica), token: await tokenOf(name) });
    const honest = new HonestClient(client, author, name);
    ['vault', 'wall', 'notes/a'].forEach((map, i) => client.send({ type: 'subscribe', sub: i + 1, map }));
    return honest;
  }

  get errors(): readonly ServerMessage[] {
    return this.#client.received.filter(({ type }) => type === 'error');
  }

  async write(map: string, key: string, fields: Record<string, Value>): Promise<void> {
    const op = this.#author.create(map, key, { owner: this.#name, ...fields });
    const { seq } = op;
    const sentAt = performance.now();
    this.#client.send({ type: 'submit', batches: this.#author.batches(op) });
    const verdict = await this.#client.until(
      (message): message is DecidedMessage =>
        message.type === 'decided' &&
        (message.verdicts.some(([one]) => one === seq) || message.rejected.some((one) => one.seq === seq)),
    );
    this.waitsMs.push(performance.now() - sentAt);
    // What was heard is not needed any more, and looking through it would take longer each time.
    const errors = this.errors;
    this.#client.received.splice(0, this.#client.received.length, ...errors);
    if (verdict.rejected.length > 0) throw new Error(`${this.#name}: ${verdict.rejected[0]!.reason}`);
  }

  /** What there is to be seen of the map. */
  async read(map: string): Promise<string> {
    this.#client.send({ type: 'subscribe', sub: 99, map });
    const rows = await this.#client.until(
      (message): message is ServerMessage => message.type === 'rows' && message.sub === 99 && message.done,
    );
    return JSON.stringify(rows);
  }

  close(): void {
    this.#client.close();
  }
}
