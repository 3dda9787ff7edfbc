import type { MapType } from '@topgun/core/crdt';

/** What has to be alone with something while it is decided. */
export interface JointWork {
  /** It is of several hosts. */
  readonly isJoint: boolean;
  /** CR-7: the maps of which it may decide what they hold. */
  readonly maps: ReadonlySet<string>;
}

/**
 * PI-27, CR-7: what is of several hosts is decided one after the other, since each host stages nothing behind what it has tried; and of a map one message at a time may decide what
 * it holds. Who cannot begin is called again, in the order in which they came.
 */
export class JointTurns {
  /** CR-7: the maps of which every host knows what they hold. */
  readonly #typed = new Map<string, MapType>();
  /** The maps of which it is being decided. */
  readonly #settling = new Set<string>();
  #joint: JointWork | null = null;
  #waiting: (() => void)[] = [];

  /** What the maps hold of which that is known. */
  get typed(): ReadonlyMap<string, MapType> {
    return this.#typed;
  }

  /** False: it was known. */
  fix(map: string, holds: MapType): boolean {
    if (this.#typed.has(map)) return false;
    this.#typed.set(map, holds);
    return true;
  }

  /** Begins it, if nothing is in its way; else `again` is called when that may be otherwise. */
  begin(work: JointWork, again: () => void): boolean {
    // Those of which it is known by now wait for nobody.
    const isBlocked = [...work.maps].some((map) => !this.#typed.has(map) && this.#settling.has(map));
    if (isBlocked || (work.isJoint && this.#joint !== null)) {
      this.#waiting.push(again);
      return false;
    }
    for (const map of work.maps) this.#settling.add(map);
    if (work.isJoint) this.#joint = work;
    return true;
  }

  /** What has begun is over. */
  end(work: JointWork): void {
    for (const map of work.maps) this.#settling.delete(map);
    if (this.#joint === work) this.#joint = null;
    for (const again of this.#waiting.splice(0)) again();
  }
}
