import type { StoredOwner } from '../ports/database-reading.js';
import type { LedgerSegment } from '../ports/ledger.js';
import type { SnapshotsProgress } from '../ports/snapshot-store.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { lineageAfter } from '../services/persistence/replay.js';
import type { Segment } from '../services/persistence/segment.js';
import type { Finding } from './finding.js';

export interface JudgedSegment {
  readonly findings: readonly Finding[];
  /** `null`: it cannot be read. */
  readonly segment: Segment | null;
}

/**
 * PI-3, PI-14, SY-2: whether a log is one: dense, each owner after the one before it, one history, and reaching back as far as the snapshots need it. Unlike a replay it goes on
 * behind what is wrong, so that all of it is found. Pure; holds where it has come to.
 */
export class LedgerJudge {
  readonly #owner: StoredOwner;
  readonly #progress: SnapshotsProgress | null;
  #position = 0;
  #epoch = 0;
  /** `null`: not known here. */
  #lineage: string | null = null;

  constructor(owner: StoredOwner, progress: SnapshotsProgress | null) {
    this.#owner = owner;
    this.#progress = progress;
  }

  /** The last position; 0 before there was one. */
  get position(): number {
    return this.#position;
  }

  /** The name of the history by then. */
  get lineage(): string {
    return this.#lineage ?? this.#progress?.lineage ?? this.#owner.lineage;
  }

  judge({ position, epoch, bytes }: LedgerSegment): JudgedSegment {
    const findings: Finding[] = [...this.#placeOf(position), ...this.#epochOf(position, epoch)];
    const known = this.#lineageBefore(position);
    this.#position = position;
    this.#epoch = Math.max(epoch, this.#epoch);
    const decoded = decodeSegment(bytes, position);
    if (!decoded.ok) {
      this.#lineage = null;
      findings.push({ code: 'segment-damaged', message: `Segment ${position}: ${decoded.error.reason}.` });
      return { findings, segment: null };
    }
    const { lineage } = decoded.value;
    if (known !== null && lineage !== known) {
      findings.push({
        code: 'segment-lineage',
        message: `Segment ${position} is of the history ${lineage}, and what comes before it of ${known}.`,
      });
    }
    this.#lineage = lineageAfter(decoded.value);
    return { findings, segment: decoded.value };
  }

  /** What is wrong with there being no more. */
  end(): readonly Finding[] {
    const needed = this.#progress?.through ?? 0;
    if (this.#position >= needed) return [];
    const message = `The ledger ends at position ${this.#position} and the snapshots go up to ${needed}.`;
    return [{ code: 'ledger-gap', message }];
  }

  #placeOf(position: number): readonly Finding[] {
    const last = this.#position;
    if (last > 0) {
      if (position === last + 1) return [];
      const message =
        position > last + 1
          ? `${missing(last + 1, position - 1)} missing from the ledger.`
          : `Segment ${position} follows segment ${last}.`;
      return [{ code: 'ledger-gap', message }];
    }
    const from = this.#progress?.through ?? 0;
    if (position <= from + 1) return [];
    const message = `The ledger begins at position ${position}, and ${from === 0 ? 'no snapshots say what was before' : `the snapshots say all only up to ${from}`}.`;
    return [{ code: 'ledger-start', message }];
  }

  #epochOf(position: number, epoch: number): readonly Finding[] {
    if (epoch >= this.#epoch && epoch <= this.#owner.epoch) return [];
    const message =
      epoch < this.#epoch
        ? `Segment ${position} was written under claim ${epoch}, after one under ${this.#epoch}.`
        : `Segment ${position} was written under claim ${epoch}, and the last there was is ${this.#owner.epoch}.`;
    return [{ code: 'segment-epoch', message }];
  }

  /** What the history was called before this position, as far as that is known. */
  #lineageBefore(position: number): string | null {
    if (position === 1) return this.#owner.lineage;
    if (position === (this.#progress?.through ?? -1) + 1) return this.#progress!.lineage;
    return position === this.#position + 1 ? this.#lineage : null;
  }
}

const missing = (from: number, to: number): string =>
  from === to ? `Segment ${from} is` : `Segments ${from} to ${to} are`;
