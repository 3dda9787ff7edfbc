import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place for a database that a test can let run out of room, and give room again. */
export interface SmallDisk {
  readonly folder: string;
  /** What the server is started with. */
  readonly env: Readonly<Record<string, string>>;
  fill(): void;
  free(): void;
  destroy(): void;
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'topgun-full-'));

/** A file system in memory of so many bytes; `null` where the user may mount none. */
export function mountSmallDisk(bytes: number): SmallDisk | null {
  const folder = newFolder();
  const filler = join(folder, 'filler');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=777`, 'tmpfs', folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    env: {},
    fill() {
      const file = openSync(filler, 'a');
      try {
        for (;;) writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        fsyncSync(file);
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    destroy() {
      // Lazily: a process that was just killed may be about to let go of it.
      if (spawnSync('umount', ['-l', folder]).status === 0) rmSync(folder, { recursive: true });
    },
  };
}

const hook = new URL('./page-limit.mjs', import.meta.url).href;

/** A disk with room, and a server whose SQLite takes no more pages: what is left where nothing can be mounted. */
export function limitPages(): SmallDisk {
  const folder = newFolder();
  const limit = join(folder, 'pages');
  const set = (pages: number): void => writeFileSync(limit, `${pages}`);
  set(1_000_000);
  return {
    folder,
    env: { NODE_OPTIONS: `--import ${hook}`, TOPGUN_TEST_PAGES: limit },
    // Fewer than there are means as many as there are.
    fill: () => set(1),
    free: () => set(1_000_000),
    destroy: () => rmSync(folder, { recursive: true, force: true }),
  };
}
