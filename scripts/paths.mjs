import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rootUrl = new URL('../', import.meta.url);

/**
 * An absolute path inside the project.
 *
 * @param {string} relative with forward slashes
 */
export function projectPath(relative) {
  return fileURLToPath(new URL(relative, rootUrl));
}

/**
 * Whether a module is the script that Node was started with.
 *
 * @param {string} moduleUrl
 */
export function isMain(moduleUrl) {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === realpathSync(fileURLToPath(moduleUrl));
}
