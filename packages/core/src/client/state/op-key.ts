import type { OpId } from '../../crdt/index.js';

/** An op id as the key of a `Map`. Replica ids hold no colon. */
export function opKey({ replica, seq }: OpId): string {
  return `${replica}:${seq}`;
}
