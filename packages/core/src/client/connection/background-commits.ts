import type { OpId } from '../../crdt/index.js';
import { ok, type Result } from '../../primitives/index.js';
import type { Environment } from '../ports/environment.js';
import type { OutboxEntry, Storage, StorageCommit, StorageError } from '../ports/storage.js';
import { opIdText } from '../storage/op-id.js';
import type { LeadNumber } from './lead-number.js';
import { backoffDelay, DEFAULT_BACKOFF } from './backoff.js';

/**
 * Stores what the leader learns behind its back, and lets things happen in order after that. One transaction is in flight;
 * all that waits shares the next.
 *
 * A failing storage loses nothing: the commit is tried again, with backoff, until it succeeds (all commits are idempotent).
 * Meanwhile what was told of the server's decisions is passed on as it is; what must be durable first waits.
 */
export interface BackgroundCommits {
  /** `then` runs after everything enqueued before it, and after the commit was tried. `null`: nothing to store. */
  publish(commit: StorageCommit | null, then: (isDurable: boolean) => void): void;
  /** Resolves to true once the commit, and all enqueued before it, is durable; to false when `stop` came first. `null`: only what was before. */
  store(commit: StorageCommit | null): Promise<boolean>;
  /** Tries what waits once more, and ends. */
  stop(): Promise<void>;
  /** CL-4: another leads. What waits is not stored by this tab, nor told: it comes to the other one too. */
  abandon(): void;
}

interface Job {
  readonly commit: StorageCommit | null;
  readonly mustBeDurable: boolean;
  finish: ((durable: boolean) => void) | null;
}

export function createBackgroundCommits(options: {
  readonly storage: Storage;
  readonly environment: Pick<Environment, 'timers' | 'random' | 'log'>;
  /** CL-4: taken before anything is stored. `null`: each tab speaks for itself. */
  readonly lead: LeadNumber | null;
  /** CL-4: storage refuses what this tab learns: another leads. Nothing is stored any more. */
  readonly outdated: () => void;
  /** CL-8: told when storage begins to fail, and whenever something had to make way. */
  readonly storageFailed?: ((error: StorageError) => void) | undefined;
  /** CL-8: all that happened without being durable is durable now, and of what came after it nothing has happened. */
  readonly storedLate?: (() => void) | undefined;
}): BackgroundCommits {
  const { storage, environment, lead } = options;
  let queue: Job[] = [];
  let running: Promise<void> | null = null;
  let failures = 0;
  let cancelRetry: (() => void) | null = null;
  let stopping = false;
  let isAbandoned = false;

  function finish(job: Job, durable: boolean): void {
    const done = job.finish;
    job.finish = null;
    done?.(durable);
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const jobs = queue;
      queue = [];
      const commit = mergeCommits(jobs.flatMap((job) => (job.commit === null ? [] : [job.commit])));
      const result = commit === null ? null : await store(commit);
      if (isAbandoned) {
        drop(jobs);
      } else if (result === null || result.ok) {
        failures = 0;
        if (jobs.some((job) => job.finish === null)) options.storedLate?.();
        for (const job of jobs) finish(job, true);
      } else if (result.error.code === 'outdated') {
        queue.unshift(...jobs);
        abandon();
        options.outdated();
      } else {
        failed(jobs, result.error);
        return;
      }
    }
  }

  async function store(commit: StorageCommit): Promise<Result<unknown, StorageError>> {
    if (lead === null) return storage.commit(commit);
    const number = lead.current();
    const taken = number === null ? await lead.take() : ok(number);
    return taken.ok ? storage.commit({ ...commit, lead: taken.value }) : taken;
  }

  /** Who waits for something to be durable is told that it is not. */
  function drop(jobs: readonly Job[]): void {
    for (const job of jobs) if (job.mustBeDurable) finish(job, false);
  }

  function abandon(): void {
    isAbandoned = true;
    cancelRetry?.();
    cancelRetry = null;
    const jobs = queue;
    queue = [];
    drop(jobs);
  }

  function failed(jobs: readonly Job[], error: StorageError): void {
    failures += 1;
    environment.log('warn', `storing confirmed state failed: ${error.message}`, error);
    if (failures === 1 || (error.eviction?.maps.length ?? 0) > 0) options.storageFailed?.(error);
    for (const job of jobs) if (!job.mustBeDurable) finish(job, false);
    queue = [...jobs.filter((job) => job.commit !== null || job.mustBeDurable), ...queue];
    if (stopping) return;
    const delayMs = backoffDelay(DEFAULT_BACKOFF, failures, environment.random.unit()) ?? 0;
    cancelRetry = environment.timers.after(delayMs, () => {
      cancelRetry = null;
      wake();
    });
  }

  function wake(): void {
    if (running !== null || cancelRetry !== null) return;
    running = run().finally(() => {
      running = null;
      if (queue.length > 0 && !stopping) wake();
    });
  }

  function enqueue(job: Job): void {
    if (isAbandoned) return drop([job]);
    // Nothing to wait for: a push that only advances a position must not cost a turn of the event loop.
    if (job.commit === null && queue.length === 0 && running === null && cancelRetry === null) {
      finish(job, true);
      return;
    }
    queue.push(job);
    // While the storage fails, siblings go on being told.
    if (cancelRetry !== null && !job.mustBeDurable) finish(job, false);
    wake();
  }

  return {
    publish(commit, then) {
      enqueue({ commit, mustBeDurable: false, finish: then });
    },
    store(commit) {
      if (stopping) return Promise.resolve(false);
      return new Promise((resolve) => {
        enqueue({ commit, mustBeDurable: true, finish: resolve });
      });
    },
    abandon,
    async stop() {
      stopping = true;
      cancelRetry?.();
      cancelRetry = null;
      wake();
      await running;
      for (const job of queue) finish(job, false);
      queue = [];
    },
  };
}

/** Several commits as one; of an op that is put and then removed only the removal is left. */
export function mergeCommits(commits: readonly StorageCommit[]): StorageCommit | null {
  if (commits.length <= 1) return commits[0] ?? null;
  const put = new Map<string, OutboxEntry>();
  const removed = new Map<string, OpId>();
  for (const commit of commits) {
    for (const entry of commit.putOps ?? []) {
      put.set(opIdText(entry.op), entry);
      removed.delete(opIdText(entry.op));
    }
    for (const id of commit.removeOps ?? []) {
      put.delete(opIdText(id));
      removed.set(opIdText(id), id);
    }
  }
  return {
    putOps: [...put.values()],
    removeOps: [...removed.values()],
    keepOps: commits.flatMap((commit) => commit.keepOps ?? []),
    base: commits.flatMap((commit) => commit.base ?? []),
    addRejections: commits.flatMap((commit) => commit.addRejections ?? []),
    removeRejections: commits.flatMap((commit) => commit.removeRejections ?? []),
  };
}
