import { checkValue, decodeValue, encodeValue, TopGunError, utf8Length, type Value } from '@topgun/core/primitives';
import { validateValue } from '@topgun/core/schema';
import type { Logger } from '../ports/environment.js';
import { failureText } from '../services/hooks/within-limit.js';
import { refusedCall, type CallOutcome } from '../services/procedures/call-outcome.js';
import type { KeptCall } from '../services/procedures/kept-calls.js';
import type { Procedure } from '../services/procedures/procedure.js';
import type { EndedRun } from './procedure-run.js';

/** PR-6: the most that a procedure returns, or says with a refusal, in bytes of its wire form. */
export const MAX_RESULT_BYTES = 65_536;

/** PR-5: all that a client hears of a fault of the app's. */
const FAILED = refusedCall('failed', 'The server could not do this.');
const TIMED_OUT = refusedCall('too-slow', 'This took the server too long; nothing of it was done.');
const OTHER_CALL = refusedCall('bad-args', 'This id is that of another call.');

/** PR-4: what the call has come to is told once more. */
export const toldAgain = (kept: Pick<KeptCall, 'name' | 'outcome'>, name: string): CallOutcome =>
  kept.name === name ? kept.outcome : OTHER_CALL;

export const otherCall = (): CallOutcome => OTHER_CALL;

/** What a fault of the app's code means for who called; the log says which it was, without a value. */
export function failedCall(log: Logger, procedure: string, error: unknown): CallOutcome {
  return logged(log, procedure, reasonOf(error));
}

function logged(log: Logger, procedure: string, reason: string): CallOutcome {
  log.error('a procedure failed', { procedure, reason });
  return FAILED;
}

/** PR-8: it reads one thing after the other of what others have, more than it may. */
export function endlessCall(log: Logger, procedure: string, most: number): CallOutcome {
  const reason = `read more than ${most} things of other threads one after the other: a query by keys reads many at once`;
  log.error('a procedure failed', { procedure, reason });
  return TIMED_OUT;
}

const reasonOf = (error: unknown): string => {
  const text = failureText({ type: 'threw', error });
  return error instanceof TopGunError ? `${text} (${error.code})` : text;
};

/** PR-5: what a run comes to. */
export function judgeRun(log: Logger, procedure: string, { draft, ran, refused }: EndedRun): CallOutcome {
  if (refused !== null) {
    const isLarge = refused.type === 'refused' && refused.data !== undefined && !fits(refused.data);
    return isLarge ? logged(log, procedure, TOO_LARGE) : refused;
  }
  if (ran.type === 'timed-out') {
    log.error('a procedure failed', { procedure, reason: failureText(ran) });
    return TIMED_OUT;
  }
  if (ran.type === 'threw') return logged(log, procedure, reasonOf(ran.error));
  if (draft.isDoomed) return logged(log, procedure, 'wrote what cannot be taken');
  if (ran.value === undefined) return { type: 'returned', result: undefined };
  const result = checkValue(ran.value);
  if (!result.ok) return logged(log, procedure, 'returned what is no value');
  return fits(result.value) ? { type: 'returned', result: result.value } : logged(log, procedure, TOO_LARGE);
}

const TOO_LARGE = `returned more than ${MAX_RESULT_BYTES} bytes`;

const fits = (value: Value): boolean => utf8Length(JSON.stringify(encodeValue(value))) <= MAX_RESULT_BYTES;

/** PR-1: the arguments as the procedure is given them; a string: why they are not what it takes. */
export function readArgs(
  log: Logger,
  name: string,
  { args: validator }: Procedure,
  given: unknown,
): { readonly args: unknown } | CallOutcome {
  const decoded = given === undefined ? undefined : decodeValue(given);
  if (decoded?.ok === false) return badArgs(name, [{ path: decoded.error.path, reason: decoded.error.message }]);
  const value = decoded?.value;
  if (validator === undefined) return { args: value };
  try {
    // Whatever it makes of nothing, the validator says.
    const made = validateValue(validator, value as Value);
    return made.ok ? { args: made.value } : badArgs(name, made.error);
  } catch (error) {
    return failedCall(log, name, error);
  }
}

function badArgs(name: string, issues: readonly { readonly path: string; readonly reason: string }[]): CallOutcome {
  const [first] = issues;
  const where = first === undefined ? '' : ` ${first.path}: ${first.reason}`;
  return {
    type: 'refused',
    code: 'bad-args',
    reason: `The arguments are not what ${name} takes:${where}`.slice(0, 500),
    issues: issues.map(({ path, reason }) => ({ path, reason })),
  };
}
