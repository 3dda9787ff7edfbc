import type { Op, OpId } from '../../packages/core/src/crdt/index.js';

/** An op's id as text. */
export const idOf = ({ replica, seq }: OpId): string => `${replica}:${seq}`;

/** Millis and counter: the first so many characters of a stamp. */
const STAMP_TIME_CHARS = 11;

/** When it was written. An op that is issued again under another replica keeps it. */
export const timeOf = ({ stamp }: Op): string => stamp.slice(0, STAMP_TIME_CHARS);

/** The local database that it was written in, or one of its tabs that went on in memory. */
export const stemOf = ({ replica }: OpId): string => replica.split('.')[0] ?? replica;
