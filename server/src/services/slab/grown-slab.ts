import { placesFor } from './key-places.js';
import { pageSize } from './record-pages.js';

/** What tells how a slab grows. */
export interface SlabRoom {
  /** Bytes that can be written before the next page is needed. */
  free: number;
  /** Bytes of records that are needed. */
  needed: number;
  keys: number;
  /** Keys that there is room for. */
  freeKeys: number;
}

/** What a slab takes once more is set in it, without setting it: by pages and arrays as they would be made. What is cleared meanwhile is not counted. */
export class GrownSlab {
  readonly #room: SlabRoom;
  /** So much more than it took, in bytes. */
  bytes = 0;

  constructor(room: SlabRoom) {
    this.#room = { ...room };
  }

  copy(): GrownSlab {
    const copy = new GrownSlab(this.#room);
    copy.bytes = this.bytes;
    return copy;
  }

  /** A record of so many bytes more, under a key that is new, or not. */
  set(size: number, isNew: boolean): void {
    const room = this.#room;
    if (size > room.free) {
      const page = pageSize(size, room.needed);
      this.bytes += page;
      room.free = page;
    }
    room.free -= size;
    room.needed += size;
    if (!isNew) return;
    if (room.freeKeys === 0) {
      const made = placesFor(room.keys);
      // What there was is as large as for half as many, at least.
      this.bytes += made.bytes - placesFor(Math.ceil(room.keys / 2)).bytes;
      room.freeKeys = made.entries - room.keys;
    }
    room.freeKeys -= 1;
    room.keys += 1;
  }
}
