import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexName, IndexStore } from '../ports/index-store.js';

/** Keeps each index as a file of a folder, one part a line. The folder is made with the first that is written. */
export function createFileIndexStore(folder: string): IndexStore {
  const fileOf = ({ subject, kind }: IndexName): string => `${subject}-${kind}.index`;

  return {
    async *read(name) {
      const file = await open(join(folder, fileOf(name))).catch(orAbsent);
      if (file === null) return;
      try {
        for await (const line of file.readLines()) yield JSON.parse(line) as string;
      } finally {
        await file.close();
      }
    },
    async write(name, parts) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const begun = join(folder, `${name.subject}.begun`);
      const file = await open(begun, 'w', 0o600);
      try {
        // A part is one line, whatever is in it.
        for await (const part of parts) await file.appendFile(`${lineOf(part)}\n`);
        await file.close();
      } catch (error) {
        await file.close();
        await rm(begun, { force: true });
        throw error;
      }
      await rename(begun, join(folder, fileOf(name)));
      for (const other of await readdir(folder)) {
        if (other.startsWith(`${name.subject}-`) && other !== fileOf(name))
          await rm(join(folder, other), { force: true });
      }
    },
  };
}

/** What ends a line for whoever reads lines, JSON leaves as it is. */
const lineOf = (part: string): string =>
  JSON.stringify(part).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);

function orAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
