import { err, ok, type Result } from '@topgun/core/primitives';
import type { Clock } from '../../ports/environment.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostCommand, HostEvent, HostStarted, PartitionHost } from '../../ports/partition-host.js';
import { NO_SESSION } from '../../ports/partition-host.js';
import { createCompositePartitionHost, type CompositeHostOptions } from '../composite/composite-partition-host.js';
import { createSharedLedger, type SharedLedger } from '../composite/shared-ledger.js';
import { createSharedStores, type MemberStores } from '../composite/shared-stores.js';
import type { DurableStore } from '../durable-store.js';
import type { HostLife, LifeNews } from './host-life.js';
import type { HostStartFault } from './host-messages.js';
import { memberOf } from './member-of.js';
import { HostThread, type Thread } from './host-thread.js';
import { StoredCommits } from '../../services/journal/stored-commits.js';
import { HostStartError } from './worker-partition-host.js';

export interface HostTeamOptions extends Pick<
  CompositeHostOptions,
  'hash' | 'random' | 'timers' | 'log' | 'limits' | 'quotas' | 'rules' | 'search'
> {
  readonly threads: number;
  /** Starts the thread that has the partitions of this number, and answers what it asks of the database. */
  readonly startThread: (index: number, stores: MemberStores) => Thread;
  readonly store: Pick<DurableStore, 'ledger' | 'coldStore' | 'snapshots'>;
  /** JO-5: for how long the threads' journal is kept at least, in ms. Left out: they keep none. */
  readonly journal?: { readonly keepMs: number } | undefined;
  readonly clock: Clock;
  /** Of what the database says when it is claimed. */
  readonly faultOf: (error: unknown) => HostStartFault;
}

/**
 * PI-51: one host made of several threads, over the ledger that this one has open for them. When the first of them ends, all are ended: what the others know of sessions and of
 * transactions together with it is of no use without it.
 */
export class HostTeam implements HostLife {
  readonly started: Promise<Result<HostStarted, HostStartFault>>;
  readonly ended: Promise<string>;
  readonly #threads: readonly HostThread[];
  readonly #composite: PartitionHost;
  readonly #shared: SharedLedger;
  #isOver = false;
  #isStopping = false;

  constructor(options: HostTeamOptions, receive: (news: LifeNews) => void) {
    const { hash, limits, log, random, rules, search, store, threads: count, timers } = options;
    const hear = (news: LifeNews): void => {
      if (!this.#isOver) receive(news);
    };
    const journal =
      options.journal === undefined
        ? undefined
        : new StoredCommits({ ...options.journal, ledger: store.ledger, clock: options.clock });
    this.#shared = createSharedLedger({ ledger: store.ledger, timers, log });
    const stores = createSharedStores({
      ledger: store.ledger,
      shared: this.#shared,
      coldStore: store.coldStore,
      snapshots: store.snapshots,
      ...(journal === undefined ? {} : { trimmable: (through) => journal.trimmable(through) }),
      members: count,
      askForSnapshots: (member) => this.#threads[member]?.send({ type: 'take-snapshots', session: NO_SESSION }),
    });
    const listeners = stores.map(() => new Set<(event: HostEvent) => void>());
    this.#threads = stores.map(
      (own, index) =>
        new HostThread(options.startThread(index, own), (news) => {
          if (news.type !== 'event') hear(news);
          else if (!this.#isOver) for (const listener of listeners[index]!) listener(news.event);
        }),
    );
    this.#composite = createCompositePartitionHost({
      members: this.#threads.map((thread, index) => hostOf(thread, listeners[index]!)),
      ledger: this.#shared,
      memberOf: (partition) => memberOf(partition, count),
      hash,
      random,
      timers,
      log,
      limits,
      journal,
      quotas: options.quotas,
      ...(rules === undefined ? {} : { rules }),
      ...(search === undefined ? {} : { search }),
    });
    this.#composite.onEvent((event) => hear({ type: 'event', event }));
    this.ended = this.#end();
    this.started = this.#composite.start().then(ok, (error: unknown) => {
      this.terminate();
      return err(
        error instanceof HostStartError ? { code: error.code, message: error.message } : options.faultOf(error),
      );
    });
  }

  /** With the first of its threads, and when nothing more of it reaches the ledger. */
  async #end(): Promise<string> {
    const reason = await Promise.race(this.#threads.map(({ ended }) => ended));
    this.#isOver = true;
    if (!this.#isStopping) this.terminate();
    await Promise.all(this.#threads.map(({ ended }) => ended));
    await this.#shared.end();
    return reason;
  }

  get queued(): number {
    return this.#threads.reduce((sum, { queued }) => sum + queued, 0);
  }

  send(command: HostCommand): void {
    if (!this.#isOver) this.#composite.send(command);
  }

  async measure(): Promise<ThreadFigures> {
    const all = await Promise.all(this.#threads.map((thread) => thread.measure()));
    return all.flat();
  }

  drain(): Promise<void> {
    return Promise.race([this.#composite.drain(), this.ended.then(() => undefined)]);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#isStopping = true;
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    await this.ended;
  }

  terminate(): void {
    for (const thread of this.#threads) thread.terminate();
  }
}

/** A thread as one of the hosts of a composite. It starts by itself. */
function hostOf(thread: HostThread, listeners: Set<(event: HostEvent) => void>): PartitionHost {
  return {
    async start() {
      const outcome = await thread.started;
      if (!outcome.ok) throw new HostStartError(outcome.error);
      return outcome.value;
    },
    send: (command) => thread.send(command),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drain: () => thread.drain(),
    stop: () => thread.stop(),
  };
}
