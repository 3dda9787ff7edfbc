import { err, type Result } from '../../primitives/index.js';
import type { Storage, StorageAdapter, StorageCommit, StorageError } from '../ports/storage.js';
import { boundStorage } from '../storage/bound-storage.js';

export interface FaultyStorage extends StorageAdapter {
  /** The next commits fail with these errors, in order, and change nothing. */
  failCommits(...errors: readonly StorageError[]): void;
  /** Opening fails with this error until it is set to null. */
  failOpen(error: StorageError | null): void;
  /** Commits wait, in order, until `resume`: a slow disk. */
  pause(): void;
  resume(): void;
  /** Every commit that was asked for, failed ones included. */
  readonly commits: readonly StorageCommit[];
}

/** An adapter over another that fails or stalls when told to: CL-8 without a broken disk. */
export function createFaultyStorage(inner: StorageAdapter): FaultyStorage {
  const failures: StorageError[] = [];
  const commits: StorageCommit[] = [];
  let openError: StorageError | null = null;
  let gate: { readonly passed: Promise<void>; readonly open: () => void } | null = null;

  async function commitTo(storage: Storage, commit: StorageCommit): Promise<Result<void, StorageError>> {
    commits.push(commit);
    const failure = failures.shift();
    while (gate !== null) await gate.passed;
    return failure === undefined ? storage.commit(commit) : err(failure);
  }

  return {
    commits,
    failCommits: (...errors) => void failures.push(...errors),
    failOpen(error) {
      openError = error;
    },
    pause() {
      if (gate !== null) return;
      let open = (): void => {};
      const passed = new Promise<void>((resolve) => (open = resolve));
      gate = { passed, open };
    },
    resume() {
      const opened = gate;
      gate = null;
      opened?.open();
    },
    async open(name) {
      if (openError !== null) return err(openError);
      const opened = await inner.open(name);
      if (!opened.ok) return opened;
      const storage = opened.value;
      // The commits of one handle pass the gate one after the other.
      let tail: Promise<unknown> = Promise.resolve();
      function inOrder<T>(work: () => Promise<T>): Promise<T> {
        const done = tail.then(work);
        tail = done;
        return done;
      }
      const faulty: Storage = {
        ...boundStorage(storage),
        keepView: (view) => inOrder(() => storage.keepView(view)),
        commit: (commit) => inOrder(() => commitTo(storage, commit)),
        lease: (request) => inOrder(() => storage.lease(request)),
        release: (replica, holder) => inOrder(() => storage.release(replica, holder)),
        takeLead: () => inOrder(() => storage.takeLead()),
        evict: (maps) => inOrder(() => storage.evict(maps)),
        async close() {
          await tail;
          await storage.close();
        },
        async destroy() {
          await tail;
          return storage.destroy();
        },
      };
      return { ok: true, value: faulty };
    },
  };
}
