import type { ReplicaId } from '@topgun/core/clock';
import type { HostCommand, HostEvent, SessionId } from '../ports/partition-host.js';

interface Submitted {
  /** The last of a message's ops. */
  readonly seq: number;
  readonly at: number;
}

/** PI-38: how long messages with ops take, from when they are handed on until their last op is decided. Holds what is undecided. */
export class AckTimes {
  readonly #bySession = new Map<SessionId, Map<ReplicaId, Submitted[]>>();

  /** What was sent to the host, at `now`. */
  note(command: HostCommand, now: number): void {
    if (command.type === 'session-closed') this.#bySession.delete(command.session);
    if (command.type !== 'submit') return;
    const last = new Map<ReplicaId, number>();
    for (const { replica, ops } of command.batches) {
      for (const [seq] of ops) last.set(replica, Math.max(last.get(replica) ?? 0, seq));
    }
    for (const [replica, seq] of last) this.#queueOf(command.session, replica).push({ seq, at: now });
  }

  /** The times, in ms, of what the event decides, at `now`. */
  settle(event: HostEvent, now: number): number[] {
    if (event.type !== 'committed') return [];
    const times: number[] = [];
    for (const { session, replica, accepted, rejected } of event.verdicts) {
      const queue = this.#bySession.get(session)?.get(replica);
      if (queue === undefined) continue;
      let through = 0;
      for (const [seq] of accepted) through = Math.max(through, seq);
      for (const { seq } of rejected) through = Math.max(through, seq);
      while (queue[0] !== undefined && queue[0].seq <= through) times.push(now - queue.shift()!.at);
    }
    return times;
  }

  #queueOf(session: SessionId, replica: ReplicaId): Submitted[] {
    const replicas = this.#bySession.get(session) ?? new Map<ReplicaId, Submitted[]>();
    this.#bySession.set(session, replicas);
    const queue = replicas.get(replica) ?? [];
    replicas.set(replica, queue);
    return queue;
  }
}
