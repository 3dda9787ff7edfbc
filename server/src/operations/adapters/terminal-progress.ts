import { progressLine } from '../progress-line.js';

/** Shows on stderr how far something has come: one line that changes on a terminal, else nothing but the last. */
export interface Progress {
  at(done: number, total: number | null): void;
  /** The line stays as it is. */
  end(): void;
}

const EVERY_MS = 100;

export function showProgress(what: string, unit: string): Progress {
  const { stderr } = process;
  let shownAt = 0;
  let line = '';
  const show = (): void => void stderr.write(`\r\x1b[2K${line}`);
  return {
    at(done, total) {
      line = progressLine(what, done, total, unit);
      const now = Date.now();
      if (!stderr.isTTY || now - shownAt < EVERY_MS) return;
      shownAt = now;
      show();
    },
    end() {
      if (line === '') return;
      if (stderr.isTTY) show();
      stderr.write(stderr.isTTY ? '\n' : `${line}\n`);
    },
  };
}
