import type { ReplicaId } from '../../clock/index.js';
import type { Outbox } from './outbox.js';
import type { ReplicaQueue } from './replica-queue.js';

export interface ToldAgainOptions {
  readonly outbox: Pick<Outbox, 'queues'>;
  /** Whether the ops of the replica are sent from here, just now. */
  readonly speaksFor: (replica: ReplicaId) => boolean;
}

/**
 * PI-11, CR-10: verdicts that the server tells once more, of ops that it had decided before it spoke of their replica on this connection. Their author merges the op, as after
 * any verdict, and the server may have forgotten what it did: a removal would hide what was created before it and has come since. Rows that are asked for after such verdicts
 * take the place of that (SY-2), so they wait for them, and are asked for anew where they were there already.
 *
 * Holds the maps of those that came, and nothing of ops.
 */
export class ToldAgain {
  readonly #options: ToldAgainOptions;
  readonly #maps = new Set<string>();

  constructor(options: ToldAgainOptions) {
    this.#options = options;
  }

  /** Whether such verdicts are still to come. */
  areDue(): boolean {
    const { outbox, speaksFor } = this.#options;
    for (const queue of outbox.queues.values()) if (holdsDecided(queue) && speaksFor(queue.replica)) return true;
    return false;
  }

  /** One came when the rows of its map may have been there. */
  note(map: string): void {
    this.#maps.add(map);
  }

  /** The maps to ask for anew: each once, when the last verdict has come. */
  take(): readonly string[] {
    if (this.#maps.size === 0 || this.areDue()) return [];
    const maps = [...this.#maps];
    this.#maps.clear();
    return maps;
  }

  disconnected(): void {
    this.#maps.clear();
  }
}

/** Whether the outbox has ops of the replica that the server has decided, as it said. Pure. */
function holdsDecided({ decided, sent, unsent, head }: ReplicaQueue): boolean {
  if (decided === null) return false;
  for (const { entry } of sent.values()) if (entry.op.seq <= decided) return true;
  const next = unsent[head];
  return next !== undefined && next.entry.op.seq <= decided;
}
