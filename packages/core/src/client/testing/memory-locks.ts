/** Whoever holds or waits for a lock. Identity matters, content does not. */
export type LockOwner = object;

interface LockRequest {
  readonly owner: LockOwner;
  /** With all others that share it, until the owner gives back what it holds. */
  readonly isShared?: boolean;
  readonly granted: (release: () => void) => void;
  readonly robbed: () => void;
}

interface LockQueue {
  holder: LockRequest | null;
  readonly sharers: Set<LockRequest>;
  readonly waiting: LockRequest[];
}

export interface MemoryLocks {
  /** Queues for the lock, first come first served. `granted` is called in a microtask. Returns how to give up waiting. */
  request(owner: LockOwner, name: string, granted: (release: () => void) => void, robbed: () => void): () => void;
  /** Takes the lock from whoever has it, before all who wait; the holder's `robbed` is called. */
  steal(owner: LockOwner, name: string, granted: (release: () => void) => void, robbed: () => void): void;
  holderOf(name: string): LockOwner | null;
  /** Queues to hold the lock with others. `granted` is called in a microtask. */
  share(owner: LockOwner, name: string, granted: () => void): void;
  /** Takes the lock when nobody holds it or waits for it. */
  tryRequest(owner: LockOwner, name: string): (() => void) | null;
  /** Gives back everything the owner holds and forgets what it waits for. */
  releaseAll(owner: LockOwner): void;
  /** Names held right now. */
  held(): readonly string[];
}

/** Locks with the semantics of Web Locks, for tabs that live in one process. */
export function createMemoryLocks(): MemoryLocks {
  const queues = new Map<string, LockQueue>();

  function queueOf(name: string): LockQueue {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = { holder: null, sharers: new Set(), waiting: [] };
      queues.set(name, queue);
    }
    return queue;
  }

  function grantNext(queue: LockQueue): void {
    if (queue.holder !== null) return;
    const [request] = queue.waiting;
    if (request === undefined || (request.isShared !== true && queue.sharers.size > 0)) return;
    queue.waiting.shift();
    if (request.isShared === true) queue.sharers.add(request);
    else queue.holder = request;
    queueMicrotask(() => {
      // The owner may have crashed between the grant and now.
      if (queue.holder === request || queue.sharers.has(request)) request.granted(() => release(queue, request));
    });
    grantNext(queue);
  }

  function release(queue: LockQueue, request: LockRequest): void {
    if (queue.holder !== request) return;
    queue.holder = null;
    grantNext(queue);
  }

  return {
    steal(owner, name, granted, robbed) {
      const queue = queueOf(name);
      const before = queue.holder;
      queue.holder = null;
      queue.waiting.unshift({ owner, granted, robbed });
      grantNext(queue);
      before?.robbed();
    },
    holderOf: (name) => queues.get(name)?.holder?.owner ?? null,
    request(owner, name, granted, robbed) {
      const queue = queueOf(name);
      const request: LockRequest = { owner, granted, robbed };
      queue.waiting.push(request);
      grantNext(queue);
      return () => {
        const index = queue.waiting.indexOf(request);
        if (index >= 0) queue.waiting.splice(index, 1);
      };
    },
    share(owner, name, granted) {
      const queue = queueOf(name);
      queue.waiting.push({ owner, isShared: true, granted, robbed: () => {} });
      grantNext(queue);
    },
    tryRequest(owner, name) {
      const queue = queueOf(name);
      if (queue.holder !== null || queue.sharers.size > 0 || queue.waiting.length > 0) return null;
      const request: LockRequest = { owner, granted: () => {}, robbed: () => {} };
      queue.holder = request;
      return () => release(queue, request);
    },
    releaseAll(owner) {
      for (const queue of queues.values()) {
        const kept = queue.waiting.filter((request) => request.owner !== owner);
        queue.waiting.splice(0, queue.waiting.length, ...kept);
      }
      for (const queue of queues.values()) {
        for (const request of queue.sharers) if (request.owner === owner) queue.sharers.delete(request);
        if (queue.holder?.owner === owner) release(queue, queue.holder);
        grantNext(queue);
      }
    },
    held: () =>
      [...queues].filter(([, { holder, sharers }]) => holder !== null || sharers.size > 0).map(([name]) => name),
  };
}
