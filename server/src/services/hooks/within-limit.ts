import type { Timers } from '../../ports/environment.js';

/** What became of a call of the app's code. */
export type CallOutcome<T> =
  | { readonly type: 'returned'; readonly value: T }
  | { readonly type: 'threw'; readonly error: unknown }
  | { readonly type: 'timed-out' };

/** A call, at once where nothing is awaited. */
export type LimitedCall<T> = CallOutcome<T> | Promise<CallOutcome<T>>;

/**
 * Calls what the app has handed over, and contains it: neither an exception nor a promise that rejects or never settles goes further. `signal`
 * is aborted when the time is over. What returns no promise has its outcome at once.
 */
export function withinLimit<T>(
  timers: Timers,
  limitMs: number,
  call: (signal: AbortSignal) => T | PromiseLike<T>,
): LimitedCall<T> {
  const controller = new AbortController();
  let returned: T | PromiseLike<T>;
  try {
    returned = call(controller.signal);
  } catch (error) {
    return { type: 'threw', error };
  }
  if (!isThenable(returned)) return { type: 'returned', value: returned };
  const pending = returned;
  return new Promise((resolve) => {
    const cancel = timers.after(limitMs, () => {
      resolve({ type: 'timed-out' });
      controller.abort(new Error(`more than ${limitMs} ms`));
    });
    const finish = (outcome: CallOutcome<T>): void => {
      cancel();
      resolve(outcome);
    };
    try {
      pending.then(
        (value) => finish({ type: 'returned', value }),
        (error: unknown) => finish({ type: 'threw', error }),
      );
    } catch (error) {
      // A `then` of the app's own making.
      finish({ type: 'threw', error });
    }
  });
}

export const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** What a log is told of a failed call: never what users stored. */
export const failureText = (outcome: Exclude<CallOutcome<never>, { type: 'returned' }>): string =>
  outcome.type === 'timed-out'
    ? 'took too long'
    : `threw ${outcome.error instanceof Error ? outcome.error.name : 'a value'}`;
