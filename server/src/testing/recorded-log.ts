import type { Logger } from '../ports/environment.js';

export interface LogEntry {
  readonly level: keyof Logger;
  readonly message: string;
  readonly detail: object | undefined;
}

/** A logger that keeps what it is told. */
export function createRecordedLog(): { readonly log: Logger; readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const write =
    (level: keyof Logger) =>
    (message: string, detail?: object): void => {
      entries.push({ level, message, detail });
    };
  return {
    entries,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}
