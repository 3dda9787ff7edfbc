import type { ReplicaId } from '@topgun/core/clock';
import type { ServerMessage } from '@topgun/core/protocol';
import { connectWire, helloOf, type WireClient } from '../../server/src/testing/wire-client.js';
import type { ServerProcess } from './server-process.js';

type Answer = Extract<ServerMessage, { type: 'called' | 'call-refused' }>;

/**
 * Makes one call after the other, and asks for each until it has an answer, over as many connections as that takes. Leaves others twice the time that its last call took: calls that are about the same
 * records, and come without a pause, keep a slower one from ever being done (PR-3).
 */
export class PersistentCaller {
  /** What each call came to, and how often it was asked for. */
  readonly answers = new Map<string, { readonly result: unknown; readonly asked: number }>();
  readonly #name: string;
  readonly #server: () => ServerProcess;
  #isEnough = false;

  constructor(server: () => ServerProcess, name: string) {
    this.#server = server;
    this.#name = name;
  }

  /** Makes no more calls. */
  enough(): void {
    this.#isEnough = true;
  }

  async run(): Promise<void> {
    let client: WireClient | null = null;
    for (let i = 0; !this.#isEnough; i += 1) {
      const call = `${this.#name}-${i}`;
      const name = i % 2 === 0 ? 'count' : 'countSlowly';
      const startedAt = performance.now();
      for (let asked = 1; !this.answers.has(call); asked += 1) {
        client ??= await this.#connect();
        const result = await this.#ask(client, { call, name, id: asked });
        if (result === null) client = null;
        else if (result.type === 'called') this.answers.set(call, { result: result.result, asked });
        // What is not done now is asked for again.
        else if (!['overloaded', 'conflict'].includes(result.code)) throw new Error(JSON.stringify(result));
      }
      await new Promise((resolve) => setTimeout(resolve, 2 * (performance.now() - startedAt)));
    }
    client?.close();
  }

  /** `null`: the connection has ended. */
  async #ask(
    client: WireClient,
    { call, name, id }: { call: string; name: string; id: number },
  ): Promise<Answer | null> {
    // Answers of calls before may have the same number.
    client.received.length = 0;
    client.send({ type: 'call', id, caller: this.#name, call, name, args: call });
    const isAnswer = (message: ServerMessage): message is Answer =>
      (message.type === 'called' || message.type === 'call-refused') && message.id === id;
    return client.until(isAnswer).catch(() => null);
  }

  async #connect(): Promise<WireClient> {
    for (;;) {
      try {
        return await connectWire(this.#server().url, helloOf(`${this.#name}.0` as ReplicaId));
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}
