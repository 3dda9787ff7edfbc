import type { WelcomeMessage } from '../../protocol/index.js';

/** SY-2: what a device knows of the ledger that it speaks to, and whether that is the one it has spoken to before. */
export class KnownLedger {
  #lineage: string | null = null;
  #isSame = true;
  #heardThrough = 0;
  #welcomedAt = 0;

  /** The name of its history; `null`: none was heard of. */
  get lineage(): string | null {
    return this.#lineage;
  }

  /** Positions mean what they meant on the connection before. */
  get isSame(): boolean {
    return this.#isSame;
  }

  /** The position of this connection's welcome. */
  get welcomedAt(): number {
    return this.#welcomedAt;
  }

  /** What storage knows of the last one, as far as nothing was heard since. */
  remember({ lineage, position }: { readonly lineage: string; readonly position: number }): void {
    if (this.#lineage !== null) return;
    this.#lineage = lineage;
    this.#heardThrough = position;
  }

  welcomed({ lineage, position }: Pick<WelcomeMessage, 'lineage' | 'position'>): void {
    const told = lineage ?? this.#lineage;
    // A ledger of this name that is shorter than it was is an older state of it.
    this.#isSame = this.#lineage === null || (this.#lineage === told && position >= this.#heardThrough);
    this.#lineage = told;
    this.#welcomedAt = position;
    this.#heardThrough = position;
  }

  /** It lacks what it had accepted. */
  hasLost(): void {
    this.#isSame = false;
  }

  heard(position: number): void {
    if (position > this.#heardThrough) this.#heardThrough = position;
  }
}
