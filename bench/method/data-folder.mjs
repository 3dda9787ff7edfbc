// Where servers keep their files while a suite runs: on the disk that the project is on, not in a temporary folder, which
// is memory on many machines.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('../.topgun/', import.meta.url));

/** A new folder that is gone when this process is. */
export function createDataFolder() {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(path.join(home, 'run-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  return folder;
}
