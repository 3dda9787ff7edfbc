import type { Op } from '@topgun/core/crdt';
import type { HostEvent, PartitionHost } from '../ports/partition-host.js';
import type { OpAuthor } from './op-author.js';

interface Message {
  readonly ops: readonly Op[];
  readonly isTransaction: boolean;
}

/** A server as a client finds it. */
export interface FoundServer {
  readonly host: PartitionHost;
  /** SY-2: the name of its history now. */
  readonly lineage: string;
}

/** A client of one replica that keeps all it has written: at each connection it sends what is undecided, and gives back what the ledger has lost (SY-2). */
export class KeepingClient {
  readonly author: OpAuthor;
  readonly #messages: Message[] = [];
  readonly #told = new Map<number, string>();
  /** What waits for a verdict, be it once more. */
  readonly #undecided = new Set<number>();
  #server: FoundServer | null = null;
  #lineage: string | null = null;
  #session = '';
  #opened = 0;
  #isWelcome = false;

  constructor(author: OpAuthor) {
    this.author = author;
  }

  /** What was told of each op, by sequence. */
  get told(): ReadonlyMap<number, string> {
    return this.#told;
  }

  get isIdle(): boolean {
    return this.#isWelcome && this.#undecided.size === 0;
  }

  connect(server: FoundServer): void {
    this.#server = server;
    this.#opened += 1;
    this.#isWelcome = false;
    const { issued, replica } = this.author;
    this.#session = `${replica}#${this.#opened}`;
    const acked = Math.max(0, ...[...this.#told].flatMap(([seq, verdict]) => (verdict === 'accepted' ? [seq] : [])));
    server.host.send({
      type: 'announce',
      session: this.#session,
      replicas: [[replica, issued, acked]],
      ...(this.#lineage === null ? {} : { lineage: this.#lineage }),
    });
  }

  /** The server is told that the connection is gone. */
  leave(): void {
    this.#isWelcome = false;
    this.#server?.host.send({ type: 'session-closed', session: this.#session });
  }

  submit(ops: readonly Op[], isTransaction: boolean): void {
    const message = { ops, isTransaction };
    this.#messages.push(message);
    for (const { seq } of ops) this.#undecided.add(seq);
    if (this.#isWelcome) this.#send(message);
  }

  hear(event: HostEvent): void {
    const server = this.#server;
    if (server === null) return;
    if (event.type === 'session-error' && event.session === this.#session) this.connect(server);
    if (event.type === 'announced' && event.session === this.#session) {
      this.#isWelcome = true;
      this.#lineage = server.lineage;
      const above = event.gaps === true ? 0 : (event.decided[0]?.[1] ?? 0);
      for (const message of this.#messages) {
        // What is given back is undecided again, and stays so until the server has said something of it.
        for (const { seq } of message.ops) if (seq > above) this.#undecided.add(seq);
        if (message.ops.some(({ seq }) => this.#undecided.has(seq))) this.#send(message);
      }
    }
    if (event.type !== 'committed') return;
    for (const { session, accepted, rejected } of event.verdicts) {
      if (session !== this.#session) continue;
      for (const [seq] of accepted) this.#note(seq, 'accepted');
      for (const { seq, code } of rejected) this.#note(seq, code);
    }
  }

  #note(seq: number, verdict: string): void {
    this.#told.set(seq, verdict);
    this.#undecided.delete(seq);
  }

  #send({ ops, isTransaction }: Message): void {
    const transaction = isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
    const batches = this.author.batches(...ops);
    this.#server?.host.send({ type: 'submit', session: this.#session, batches, bytes: 100, ...transaction });
  }
}
