import { statSync } from 'node:fs';

/**
 * The file with the server command: what was bundled of it (`scripts/bundle-command.mjs`), which starts in half the time; unless what it was made of is newer, and unless a module of the app's
 * own comes along, which imports the packages themselves, so that their classes would be there twice.
 *
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {URL} dist the folder of what is built
 */
export function commandFile(args, env, dist) {
  const plain = new URL('main.js', dist);
  const bundled = new URL('command/main.js', dist);
  if (env['TOPGUN_DEFINITIONS'] || args.some((arg) => arg.startsWith('--definitions'))) return plain;
  const madeAt = modifiedAt(bundled);
  // The compiler's notes, which are written with whatever is compiled; where it is installed there are none.
  const sources = ['server.tsbuildinfo', '../../packages/core/dist/pure.tsbuildinfo', 'main.js'];
  return madeAt !== null && sources.every((file) => (modifiedAt(new URL(file, dist)) ?? 0) <= madeAt) ? bundled : plain;
}

/** @param {URL} file */
const modifiedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
