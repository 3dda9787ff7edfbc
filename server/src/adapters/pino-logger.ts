import { destination, pino } from 'pino';
import type { Logger } from '../ports/environment.js';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON line per entry, on stderr: stdout says only where the server listens. */
export function createPinoLogger(level: LogLevel): Logger {
  const log = pino({ level, base: null }, destination({ dest: 2, sync: true }));
  return {
    debug: (message, detail) => log.debug(detail ?? {}, message),
    info: (message, detail) => log.info(detail ?? {}, message),
    warn: (message, detail) => log.warn(detail ?? {}, message),
    error: (message, detail) => log.error(detail ?? {}, message),
  };
}
