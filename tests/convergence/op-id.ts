import type { OpId } from '../../packages/core/src/crdt/index.js';

/** An op's id as text. */
export const idOf = ({ replica, seq }: OpId): string => `${replica}:${seq}`;
