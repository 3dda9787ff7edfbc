import { MAX_PROCEDURE_NAME } from '@topgun/core/protocol';
import type { Procedures } from './procedure.js';

const KNOWN = ['args', 'readOnly', 'timeoutMs', 'run'];

/** What is wrong with procedures; `null`: nothing. One that is none would be missed only when somebody calls it. */
export function proceduresFault(procedures: Procedures): string | null {
  for (const [name, procedure] of Object.entries(procedures)) {
    const fault = faultOf(procedure);
    if (fault !== null) return `${name}: ${fault}`;
    if (name === '' || name.length > MAX_PROCEDURE_NAME)
      return `a name has 1 to ${MAX_PROCEDURE_NAME} characters, not ${name.length}`;
  }
  return null;
}

function faultOf(procedure: unknown): string | null {
  if (typeof procedure !== 'object' || procedure === null) return 'a procedure is an object with run';
  const unknown = Object.keys(procedure).find((part) => !KNOWN.includes(part));
  if (unknown !== undefined) return `a procedure has no ${unknown}`;
  const { args, readOnly, run, timeoutMs = 1 } = procedure as Procedures[string];
  if (typeof run !== 'function') return 'run is a function';
  if (args !== undefined && typeof args?.['~standard']?.validate !== 'function') {
    return 'args is a Standard Schema validator';
  }
  if (readOnly !== undefined && typeof readOnly !== 'boolean') return 'readOnly is true or false';
  return Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 ? null : 'timeoutMs is a whole number of milliseconds';
}
