import type { ReplicaId } from '@topgun/core/clock';
import type { CallMessage } from '@topgun/core/protocol';
import type { Identity } from '../ports/identity.js';
import type { HostEvent, PartitionHost } from '../ports/partition-host.js';

type Answer = Extract<HostEvent, { type: 'call-answered' }>['answer'];

/** A local database whose app calls, over one session of its own. */
export class TestCaller {
  /** By call, each answer that came to it. */
  readonly told = new Map<string, unknown[]>();
  readonly #caller: ReplicaId;
  readonly #host: PartitionHost;
  readonly #session: string;
  readonly #asked = new Map<number, string>();

  constructor(host: PartitionHost, caller = 'device', identity?: Identity, session = `${caller}#calls`) {
    this.#host = host;
    this.#caller = caller as ReplicaId;
    this.#session = session;
    host.onEvent((event) => {
      if (event.type === 'call-answered' && event.session === session) this.#hear(event.answer);
    });
    host.send({ type: 'announce', session, replicas: [], ...(identity === undefined ? {} : { identity }) });
  }

  call(call: string, name: string, args?: unknown): void {
    const id = this.#asked.size + 1;
    this.#asked.set(id, call);
    const message: CallMessage = {
      type: 'call',
      id,
      caller: this.#caller,
      call,
      name,
      ...(args === undefined ? {} : { args }),
    };
    this.#host.send({ type: 'call', session: this.#session, call: message, bytes: 100 });
  }

  /** What came to the call last: a result, or the code of its refusal in front of the reason. */
  last(call: string): unknown {
    return this.told.get(call)?.at(-1);
  }

  close(): void {
    this.#host.send({ type: 'session-closed', session: this.#session });
  }

  #hear(answer: Answer): void {
    const call = this.#asked.get(answer.id)!;
    const told = this.told.get(call) ?? [];
    this.told.set(call, told);
    told.push(answer.type === 'called' ? answer.result : `${answer.code}: ${answer.reason}`);
  }
}
