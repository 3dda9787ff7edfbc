import type { Environment } from '../ports/environment.js';

/** Where unexpected but survivable things are seen by default. */
export const logToConsole: Environment['log'] = (level, message, detail) => {
  const line = `[topgun] ${message}`;
  if (detail === undefined) console[level](line);
  else console[level](line, detail);
};
