/** Names of tests and of what is measured, as the threat model writes them: the end of a path, in backticks. */
const NAMED =
  /`([\w./-]+\.(?:test|spec)\.tsx?|bench\/suites\/[\w-]+\.mjs|tests\/[\w-]+(?:\/[\w-]+)*|core\/src\/[\w/-]+)`/g;

/**
 * What is wrong with a threat model: a threat, or something that is tried, for which no test is named, and a test that is not there. `files`: all of the
 * project. A row whose defence is that there is none says so in words, and names none.
 */
export function faultsOfThreats(text: string, files: readonly string[]): readonly string[] {
  const isThere = (name: string): boolean =>
    files.some((file) => file === name || file.endsWith(`/${name}`) || file.includes(`${name}/`));
  const missing = [...text.matchAll(NAMED)].map(([, name]) => name!).filter((name) => !isThere(name));
  const faults = missing.map((name) => `there is no ${name}`);
  for (const section of text.split(/^## /m).slice(1)) {
    const [title = ''] = section.split('\n');
    if (section.match(NAMED) === null) faults.push(`no test is named for: ${title}`);
    for (const row of section.split('\n').filter((line) => /^\|(?! it tries| they try|---)/.test(line))) {
      const cells = row.split('|').slice(1, -1);
      if (cells.at(-1)?.match(NAMED) === null) faults.push(`no test is named for: ${title}: ${cells[0]?.trim()}`);
    }
  }
  return faults;
}
