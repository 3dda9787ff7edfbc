/** Time as an argument: this machine's wall clock in ms since 1970; it may jump. */
export interface Clock {
  now(): number;
}

/** Timers as an argument. `after` runs once, `delayMs` or more from now; the returned function cancels it. */
export interface Timers {
  after(delayMs: number, run: () => void): () => void;
}

/** Randomness as an argument. */
export interface Random {
  /** `length` characters of `-0-9A-Z_a-z`: ids nobody can guess. */
  id(length: number): string;
}

/** Where operators look. `detail` is structured and never holds what users stored. */
export interface Logger {
  debug(message: string, detail?: object): void;
  info(message: string, detail?: object): void;
  warn(message: string, detail?: object): void;
  error(message: string, detail?: object): void;
}
