import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import type { Environment } from '../ports/environment.js';
import type { OutboxEntry, Storage, StoredRejection } from '../ports/storage.js';
import { opIdText } from '../storage/op-id.js';
import type { Outbox } from './outbox.js';
import type { ReplicaLeases } from './replica-leases.js';
import { runInTurns } from './run-in-turns.js';

/** Found ops that are told of in one turn of the page. */
const TOLD_AT_ONCE = 1_024;

/** The outbox in storage, which other tabs write too: read again and again, to find what nobody spoke of. */
export interface StoredOutbox {
  /** Takes in what is stored. Resolves to the ids of all that is; to `null` when it cannot be read. One read after the other. */
  read(): Promise<ReadonlySet<string> | null>;
  /** Of these ops, thought to be undecided, the ones storage holds no more; `null` when it cannot be read. */
  decidedOf(ids: readonly OpId[]): Promise<readonly DecidedEarlier[] | null>;
  /** Resolves when the last read has ended. None begins after this. */
  stop(): Promise<void>;
}

export interface DecidedEarlier {
  readonly id: OpId;
  readonly rejection: Pick<StoredRejection, 'code' | 'reason' | 'at'> | null;
}

export interface StoredOutboxOptions {
  readonly storage: Storage;
  readonly outbox: Outbox;
  /** `null`: this tab speaks for all replicas. */
  readonly leases: ReplicaLeases | null;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  /**
   * SY-2: whether it is known what was accepted of the replicas this tab speaks for; `claimed`: there are more of them. Before that nothing of
   * theirs is taken in.
   */
  readonly knowsAccepted: (claimed: boolean) => Promise<boolean>;
  /** Entries of replicas this tab speaks for: new ones, and newer versions. */
  readonly take: (entries: readonly OutboxEntry[]) => void;
  /** Ops that were not known here, whoever submits them. */
  readonly found: (entries: readonly OutboxEntry[]) => void;
  /** Some of what is stored was decided here. */
  readonly foundDecided: () => void;
  /** Nothing is left of an adopted replica. */
  readonly finished: (replica: ReplicaId) => void;
}

export function createStoredOutbox(options: StoredOutboxOptions): StoredOutbox {
  const { storage, outbox, leases, environment } = options;
  const { log } = environment;
  let lastRead: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const tellings = new Set<() => void>();

  const speaks = (): boolean => leases?.areCurrent() !== false;
  const speaksFor = ({ op }: OutboxEntry): boolean => leases === null || leases.has(op.replica);

  async function readNow(): Promise<ReadonlySet<string> | null> {
    if (stopped) return null;
    if (!speaks()) await leases?.renew();
    let stored = await storage.loadOutbox();
    const claimed = stored.ok && (await leases?.claim(replicasOf(stored.value))) === true;
    const isKnown = await options.knowsAccepted(claimed);
    // Whoever had them before may have been at work since.
    if (claimed) stored = await storage.loadOutbox();
    if (stopped || !isKnown) return null;
    if (!stored.ok) {
      // The next welcome, and the next look at the tabs, tries again.
      log('warn', `the outbox cannot be read: ${stored.error.message}`, stored.error);
      return null;
    }
    const unheard = stored.value.filter(({ op }) => !outbox.has(op));
    options.take(stored.value.filter(speaksFor));
    tell(unheard);
    // Unless another tab speaks for it by now, which may have given it back (SY-2).
    if (speaks() && stored.value.some(({ op }) => outbox.wasDecided(op))) options.foundDecided();
    letGoOfFinished(stored.value);
    return new Set(stored.value.map(({ op }) => opIdText(op)));
  }

  /** In turns of the page: of a long queue all is found by a tab that begins to lead. Nobody waits for it. */
  function tell(unheard: readonly OutboxEntry[]): void {
    let isDone = false;
    let cancel = (): void => {};
    cancel = runInTurns(environment, partsOf(unheard), () => {
      isDone = true;
      tellings.delete(cancel);
    });
    if (!isDone) tellings.add(cancel);
  }

  function* partsOf(unheard: readonly OutboxEntry[]): Generator<void> {
    // Of those that others submit this tab may not learn that they are decided meanwhile.
    const others = unheard.filter((entry) => !speaksFor(entry));
    if (others.length > 0) options.found(others);
    const own = unheard.filter(speaksFor);
    for (let from = 0; from < own.length; from += TOLD_AT_ONCE) {
      const found = own.slice(from, from + TOLD_AT_ONCE).filter(({ op }) => outbox.has(op));
      if (found.length > 0) options.found(found);
      if (from + TOLD_AT_ONCE < own.length) yield;
    }
  }

  function letGoOfFinished(stored: readonly OutboxEntry[]): void {
    if (leases === null) return;
    const unfinished = replicasOf([...stored, ...outbox.entries()]);
    for (const replica of leases.adopted()) {
      // Of whom something is kept there may be something to give back (SY-2).
      if (unfinished.has(replica) || (outbox.queues.get(replica)?.acked ?? 0) > 0) continue;
      options.finished(replica);
      leases.giveBack(replica).catch((error: unknown) => log('error', 'giving a lease back failed', error));
    }
  }

  function read(): Promise<ReadonlySet<string> | null> {
    const reading = lastRead.then(readNow, readNow);
    lastRead = reading;
    return reading;
  }

  return {
    read,
    async decidedOf(ids) {
      const storedIds = await read();
      if (storedIds === null) return null;
      const missing = ids.filter((id) => !storedIds.has(opIdText(id)));
      if (missing.length === 0) return [];
      const rejections = await storage.loadRejections();
      if (!rejections.ok) return null;
      const byId = new Map(rejections.value.map(({ op, code, reason, at }) => [opIdText(op), { code, reason, at }]));
      return missing.map(({ replica, seq }) => {
        const id = { replica, seq };
        return { id, rejection: byId.get(opIdText(id)) ?? null };
      });
    },
    async stop() {
      stopped = true;
      for (const cancel of tellings) cancel();
      await lastRead.catch(() => {});
    },
  };
}

const replicasOf = (entries: readonly OutboxEntry[]): ReadonlySet<ReplicaId> =>
  new Set(entries.map(({ op }) => op.replica));
