/** What a piece of an import holds at least while somebody else writes little. */
export const MIN_PIECE_OPS = 24;
/** And at most: what was divided into larger ones stays so when commits become fast again. */
export const MAX_PIECE_OPS = 64;
/** Whom to stage, commit and tell of so many ops takes half a millisecond, about: they make a commit half as long again. */
const OPS_PER_MS = 16;

/** The part of the time in which a commit with pieces is under way, at most: who writes meanwhile waits for the rest of it. */
const COMMITTING_SHARE = 0.6;
/** Shorter, no timer is. */
export const MIN_REST_MS = 1;
/** Storage that took nothing for a while is no reason to wait as long again. */
export const MAX_REST_MS = 20;

/**
 * PI-39: how many ops a piece may hold where a commit with little in it takes so long. Whoever writes meanwhile waits for the piece that is under way; beside
 * what a slow disk takes more of them are as little.
 */
export const pieceOpsAt = (bareMs: number): number =>
  Math.max(MIN_PIECE_OPS, Math.min(MAX_PIECE_OPS, Math.floor(bareMs * OPS_PER_MS)));

/** PI-39: how long pieces rest after a commit with some that took so long. */
export const restAfter = (tookMs: number): number =>
  Math.max(MIN_REST_MS, Math.min(MAX_REST_MS, Math.round((tookMs * (1 - COMMITTING_SHARE)) / COMMITTING_SHARE)));

/**
 * What commits of that kind take, after one more: a mean that forgets, in which one that is far off counts for little. Times are of a clock of whole milliseconds that may
 * jump.
 */
export const settledTo = (knownMs: number, tookMs: number): number =>
  knownMs + (Math.max(0, Math.min(tookMs, 2 * knownMs + 1)) - knownMs) / 8;
