import type { Clock } from '../../ports/environment.js';
import type { Ledger, LedgerSegment } from '../../ports/ledger.js';
import { decodeSegment } from '../persistence/segment-codec.js';
import type { SegmentJournal } from '../persistence/segment.js';
import { decodeEvent } from './journal-part.js';
import type { JournalCommit } from './recent-commits.js';

export interface StoredCommitsOptions {
  readonly ledger: Pick<Ledger, 'read'>;
  /** JO-5: segments are kept at least so long, in ms. */
  readonly keepMs: number;
  readonly clock: Clock;
}

/** The journal as it is in the ledger. */
export class StoredCommits {
  readonly #options: StoredCommitsOptions;
  /** The first position there is, and since when; `null`: not looked at yet. */
  #first: { readonly position: number; readonly at: number } | null = null;

  constructor(options: StoredCommitsOptions) {
    this.#options = options;
  }

  /** The position of the first segment there is; of the next one when there is none. Throws when the ledger cannot be read. */
  async first(): Promise<number> {
    return (this.#first ?? (await this.#keptAfter(0, 0)))?.position ?? 1;
  }

  /** The commits after `position` that have events. */
  async *after(position: number): AsyncIterable<JournalCommit> {
    for await (const segments of this.#options.ledger.read(position)) {
      for (const segment of segments) {
        const { events = [] } = partOf(segment) ?? {};
        if (events.length > 0) yield { position: segment.position, events: events.map(decodeEvent) };
      }
    }
  }

  /** JO-5: how far the log may be given up, of what may be up to `through`. What was written while no journal was kept always may. */
  async trimmable(through: number): Promise<number> {
    const horizon = this.#options.clock.now() - this.#options.keepMs;
    if (this.#first === null || this.#first.at <= horizon) await this.#keptAfter(through, horizon);
    return Math.min(through, (this.#first?.position ?? through + 1) - 1);
  }

  /** The first segment that is later than `position`, or was written after the horizon. */
  async #keptAfter(position: number, horizon: number) {
    for await (const segments of this.#options.ledger.read((this.#first?.position ?? 1) - 1)) {
      for (const segment of segments) {
        const at = partOf(segment)?.at ?? 0;
        if (segment.position <= position && at <= horizon) continue;
        return (this.#first = { position: segment.position, at });
      }
    }
    return (this.#first = null);
  }
}

function partOf({ bytes, position }: LedgerSegment): SegmentJournal | undefined {
  const segment = decodeSegment(bytes, position);
  if (!segment.ok) throw new Error(`the ledger cannot be read: ${segment.error.reason}`);
  return segment.value.journal;
}
