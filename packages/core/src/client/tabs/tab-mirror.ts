import type { ReplicaId } from '../../clock/index.js';
import { isConnected, type ConnectionState } from '../connection/connection-state.js';
import { createIdRanges } from '../connection/id-ranges.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { ConnectionFault, TabEvent } from '../ports/tab-events.js';

/**
 * What a tab keeps of the events it sees, leading or following, and where its listeners hear them. Sees to it that an op
 * is never `persisted` after it was `decided`, though two tabs say these things and no order holds between them.
 */
export interface TabMirror {
  take(event: TabEvent): void;
  onEvent(listener: (event: TabEvent) => void): () => void;
  /** This tab writes as `replica`, and has issued up to `issuedSeq`. */
  own(replica: ReplicaId, issuedSeq: number): void;
  replicas(): readonly (readonly [ReplicaId, number])[];
  isSpent(replica: ReplicaId): boolean;
  /**
   * Whether the server has decided an op that this tab itself has issued as `replica`. Before that, storage may have gone back in time, and
   * the replica turn out to be spent (CR-2).
   */
  isProven(replica: ReplicaId): boolean;
  /** These ops of this tab are durable. */
  persisted(entries: readonly OutboxEntry[]): void;
  /**
   * CL-8: of `known`, which storage held when this tab opened, and of what was heard since, what nobody has sent: nothing is sent before the
   * first welcome. After that only the leader can tell, and there is none here.
   */
  unsent(known: readonly OutboxEntry[]): readonly OutboxEntry[];
  offsetMs(): number;
  state(): ConnectionState;
  fault(): ConnectionFault | null;
}

export function createTabMirror(): TabMirror {
  const listeners = new Set<(event: TabEvent) => void>();
  const decided = createIdRanges();
  const replicas = new Map<ReplicaId, number>();
  const spent = new Set<ReplicaId>();
  /** What had been issued when this tab began to write as the replica. */
  const issuedBefore = new Map<ReplicaId, number>();
  const proven = new Set<ReplicaId>();
  let unsent: OutboxEntry[] = [];
  let isWelcomed = false;
  let offsetMs = 0;
  let state: ConnectionState = 'offline';
  let fault: ConnectionFault | null = null;

  function noteUnsent(entries: readonly OutboxEntry[]): void {
    if (!isWelcomed) for (const entry of entries) if (!entry.handed) unsent.push(entry);
  }

  /** The event as the listeners shall see it; `null`: nothing new in it. */
  function note(event: TabEvent): TabEvent | null {
    switch (event.type) {
      case 'persisted': {
        const entries = event.entries.filter(({ op }) => !replicas.has(op.replica) && !decided.has(op));
        noteUnsent(entries);
        return entries.length === 0 ? null : { ...event, entries };
      }
      case 'another-ledger':
        for (const { op } of event.returned) decided.remove(op);
        return event;
      case 'decided':
        for (const { op } of event.decisions) {
          decided.add(op);
          if (event.position > 0 && op.seq > (issuedBefore.get(op.replica) ?? op.seq)) proven.add(op.replica);
        }
        return event;
      case 'clock':
        offsetMs = event.offsetMs;
        return event;
      case 'reissued':
        spent.add(event.replica);
        for (const { from } of event.moved) decided.add(from);
        return event;
      case 'connection':
        if (event.state === state && event.error === fault) return null;
        state = event.state;
        fault = event.error;
        if (isConnected(state)) {
          isWelcomed = true;
          unsent = [];
        }
        return event;
      case 'rejections':
      case 'changes':
      case 'settled':
      case 'progress':
      case 'unsettled':
      case 'subscription-failed':
      case 'answered':
        return event;
      default:
        // Said by a tab of a newer version: no listener here knows it.
        return null;
    }
  }

  return {
    take(event) {
      const noted = note(event);
      if (noted === null) return;
      for (const listener of [...listeners]) listener(noted);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    own(replica, issuedSeq) {
      if (!issuedBefore.has(replica)) issuedBefore.set(replica, issuedSeq);
      replicas.set(replica, Math.max(replicas.get(replica) ?? 0, issuedSeq));
    },
    replicas: () => [...replicas],
    persisted(entries) {
      for (const { op } of entries) this.own(op.replica, op.seq);
      noteUnsent(entries);
    },
    unsent: (known) => (isWelcomed ? [] : [...known.filter(({ handed }) => !handed), ...unsent]),
    isSpent: (replica) => spent.has(replica),
    isProven: (replica) => proven.has(replica),
    offsetMs: () => offsetMs,
    state: () => state,
    fault: () => fault,
  };
}
