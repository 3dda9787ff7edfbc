// The first import of every command. It and what it stands beside only use syntax that old versions of Node parse too, so
// that they get to print the sentence.

const neededMajor = 20;
const neededMinor = 19;

/** @param {string} version e.g. "20.19.1" */
export function isNodeNewEnough(version) {
  const parts = version.split('.').map(Number);
  const major = parts[0] || 0;
  const minor = parts[1] || 0;
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

if (!isNodeNewEnough(process.versions.node)) {
  console.error(
    `TopGun needs Node ${neededMajor}.${neededMinor} or newer, and this is ${process.version}. Install it from https://nodejs.org, then run the command again.`,
  );
  process.exit(1);
}
