// Who takes part in a case, each in a profile of its own. TopGun and the floor must; a peer that fails is left out, and that is said.

/**
 * @typedef {object} Entrant
 * @property {string} name in the report: `topgun`, `floor` or a peer's package
 * @property {string} subject what `load` of the page takes
 * @property {boolean} hasFailed
 * @property {(address?: string) => Promise<import('playwright').Page>} openPage
 * @property {() => Promise<void>} close
 */

/** Measured when they are named alone: they are compared with another of ours. */
const ON_REQUEST = ['topgun encrypted'];

/**
 * @param {Awaited<ReturnType<typeof import('../method/browser.mjs').startProfiles>>} profiles
 * @param {Record<string, string>} subjects subjects by name
 * @param {readonly string[] | undefined} only
 * @returns {Promise<Entrant[]>}
 */
export async function openEntrants(profiles, subjects, only) {
  const names = Object.keys(subjects).filter((name) =>
    only === undefined ? !ON_REQUEST.includes(name) : only.includes(name),
  );
  return Promise.all(
    names.map(async (name) => ({
      ...(await profiles.openProfile()),
      name,
      subject: subjects[name],
      hasFailed: false,
    })),
  );
}

/**
 * A turn of an entrant in a page that is loaded for it, and closed after it. What a peer cannot do it is left out for; a wrong answer,
 * and any failure of the others, ends the suite.
 *
 * @param {Entrant} entrant
 * @param {(ask: (question: string, ...args: unknown[]) => Promise<any>, page: import('playwright').Page) => Promise<void>} take
 * @param {string} [address] of a page that holds this subject alone
 */
export async function turn(entrant, take, address) {
  if (entrant.hasFailed) return;
  const page = await entrant.openPage(address);
  const ask = (question, ...args) => page.evaluate(([q, all]) => window.bench[q](...all), [question, args]);
  try {
    if (address === undefined) await ask('load', entrant.subject);
    await take(ask, page);
  } catch (error) {
    const isPeer = entrant.name !== 'floor' && !entrant.name.startsWith('topgun');
    const text = error instanceof Error ? error.message : String(error);
    if (!isPeer || text.includes('wrong answer')) throw new Error(`${entrant.name}: ${text}`, { cause: error });
    entrant.hasFailed = true;
    console.log(`  ${entrant.name} cannot take part: ${text.split('\n')[0]}`);
  } finally {
    await page.close();
  }
}

/** @param {readonly Entrant[]} entrants */
export async function closeAll(entrants) {
  for (const { close } of entrants) await close();
}
