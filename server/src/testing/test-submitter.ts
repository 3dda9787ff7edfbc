import type { ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { HostEvent, PartitionHost, SessionId } from '../ports/partition-host.js';
import { toBatches } from './op-author.js';

/** What one replica was told of an op, each time it was told. */
export type Told = 'applied' | 'superseded' | `refused: ${string}`;

/**
 * The submitting side of a client, as small as it can be: it sends each op once per session, in order, keeps what is
 * undecided, and after a fault opens a new session and sends that again.
 */
export class TestSubmitter {
  readonly replica: ReplicaId;
  readonly told = new Map<number, Told[]>();
  readonly #hash: Hash64;
  #host: PartitionHost;
  #session: SessionId;
  #opened = 0;
  #undecided: Op[] = [];

  constructor(replica: ReplicaId, host: PartitionHost, hash: Hash64) {
    this.replica = replica;
    this.#hash = hash;
    this.#host = host;
    this.#session = '';
    this.connect(host);
  }

  get session(): SessionId {
    return this.#session;
  }

  get undecided(): readonly Op[] {
    return this.#undecided;
  }

  /** A new session; the undecided ops go first, in one message. */
  connect(host: PartitionHost = this.#host): void {
    this.#host = host;
    this.#opened += 1;
    this.#session = `${this.replica}#${this.#opened}`;
    const issued = this.#undecided.at(-1)?.seq ?? 0;
    host.send({ type: 'announce', session: this.#session, replicas: [[this.replica, issued]] });
    if (this.#undecided.length > 0) this.#send(this.#undecided);
  }

  submit(...ops: readonly Op[]): void {
    this.#undecided.push(...ops);
    this.#send(ops);
  }

  /** Sends again what was decided long ago, as a session that knows nothing of it. */
  resend(...ops: readonly Op[]): void {
    this.#undecided = [...ops];
    this.connect();
  }

  hear(event: HostEvent): void {
    if (event.type === 'session-error' && event.session === this.#session) this.connect();
    if (event.type !== 'committed') return;
    for (const { session, replica, accepted, rejected } of event.verdicts) {
      if (session !== this.#session || replica !== this.replica) continue;
      for (const [seq, outcome] of accepted) this.#note(seq, outcome);
      for (const { seq, code } of rejected) this.#note(seq, `refused: ${code}`);
    }
  }

  #note(seq: number, told: Told): void {
    const before = this.told.get(seq);
    if (before === undefined) this.told.set(seq, [told]);
    else before.push(told);
    this.#undecided = this.#undecided.filter((op) => op.seq !== seq);
  }

  #send(ops: readonly Op[]): void {
    const batches = toBatches(ops, this.#hash);
    const bytes = JSON.stringify(batches).length;
    this.#host.send({ type: 'submit', session: this.#session, batches, bytes });
  }
}
