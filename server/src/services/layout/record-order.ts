import type { Stamp } from '@topgun/core/clock';
import type { LwwRecord, Register } from '@topgun/core/crdt';

/** Most records have no more fields: then each is put in its place as it comes. */
const FEW = 16;

/**
 * A record's fields by name, and its stamps in their order, each once, as its layout has them. The lists are there for the record after it: one is
 * written with each op, and lists of its own were a third of the server's garbage.
 */
export class RecordOrder {
  /** The first `fields` of them are the record's. */
  readonly names: string[] = [];
  /** The first `stamped` of them are the record's. */
  readonly stamps: Stamp[] = [];
  fields = 0;
  stamped = 0;

  /** Good until the next call. */
  arrange(record: LwwRecord): void {
    const { existence, floor, expiry, fields } = record;
    this.fields = 0;
    this.stamped = 0;
    if (fields.size > FEW) return this.#arrangeMany(record);
    if (existence !== null) this.#stamp(existence.stamp);
    if (floor !== '') this.#stamp(floor);
    if (expiry !== null) this.#stamp(expiry.stamp);
    fields.forEach(this.#field);
  }

  /** Where the stamp is. By halves: a record may have thousands. */
  placeOf(stamp: Stamp): number {
    let [low, high] = [0, this.stamped - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stamps[middle]! < stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #arrangeMany({ existence, floor, expiry, fields }: LwwRecord): void {
    const stamps = new Set<Stamp>();
    for (const stamp of [existence?.stamp, floor, expiry?.stamp]) {
      if (stamp !== undefined && stamp !== '') stamps.add(stamp);
    }
    for (const { stamp } of fields.values()) stamps.add(stamp);
    for (const stamp of [...stamps].sort()) this.stamps[this.stamped++] = stamp;
    for (const name of [...fields.keys()].sort()) this.names[this.fields++] = name;
  }

  readonly #field = ({ stamp }: Register, name: string): void => {
    this.#stamp(stamp);
    const { names } = this;
    let at = this.fields++;
    for (; at > 0 && names[at - 1]! > name; at -= 1) names[at] = names[at - 1]!;
    names[at] = name;
  };

  /** Most fields were written together with the one before. */
  #stamp(stamp: Stamp): void {
    const { stamps } = this;
    let place = this.stamped;
    while (place > 0 && stamps[place - 1]! > stamp) place -= 1;
    if (place > 0 && stamps[place - 1] === stamp) return;
    for (let at = this.stamped++; at > place; at -= 1) stamps[at] = stamps[at - 1]!;
    stamps[place] = stamp;
  }
}
