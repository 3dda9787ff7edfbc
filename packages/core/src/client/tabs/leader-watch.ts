/** How long the leader has for an answer. */
export const QUESTION_MS = 3_000;
/** A follower that needs nothing asks this long after it has last heard of the leader. */
export const IDLE_MS = 10_000;
/** So many questions in a row without an answer: the leader is frozen. */
const QUESTIONS = 2;
/** A timer later than this was held up: the answer may be waiting behind it. */
const LATE_MS = 1_500;

/** CL-4: what a follower knows of its leader's life. Times are of the device's clock, which may jump. */
export interface Watch {
  readonly heardAt: number;
  /** When the next question is due, or the present one is over. */
  readonly dueAt: number;
  /** `null`: nothing is being asked. */
  readonly unanswered: number | null;
}

/** `ask`: begin a question; `anew`: the first of a row; `silent`: the row is complete, and another one begins. */
export type WatchStep = 'wait' | 'ask' | 'anew' | 'silent';

export const heardLeader = (now: number): Watch => ({ heardAt: now, dueAt: now + IDLE_MS, unanswered: null });

/** Something waits for the leader: it is asked soon, unless it was heard just now. */
export function needLeader(watch: Watch): Watch {
  if (watch.unanswered !== null) return watch;
  return { ...watch, dueAt: Math.min(watch.dueAt, watch.heardAt + QUESTION_MS) };
}

/**
 * The timer that was set for `dueAt` has run. Silence counts only when it did so on time: a follower that was frozen, throttled or busy itself,
 * or a clock that jumped, says nothing of the leader.
 */
export function stepWatch(watch: Watch, now: number): { readonly step: WatchStep; readonly watch: Watch } {
  const isOnTime = Math.abs(now - watch.dueAt) < LATE_MS;
  const next = (unanswered: number): Watch => ({ ...watch, unanswered, dueAt: now + QUESTION_MS });
  if (watch.unanswered === null || !isOnTime) return { step: 'anew', watch: next(0) };
  const unanswered = watch.unanswered + 1;
  return unanswered < QUESTIONS ? { step: 'ask', watch: next(unanswered) } : { step: 'silent', watch: next(0) };
}
