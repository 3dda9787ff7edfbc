/**
 * CL-8: asks the browser, once for each page, not to evict what the site has stored. Where the answer is known already nobody is asked again: a
 * browser may ask its user. Resolves to whether it is granted; rejects where the browser cannot say.
 */
export function createBrowserPersistence(storage: StorageManager | undefined = globalThis.navigator?.storage) {
  let answer: Promise<boolean> | null = null;

  async function ask(): Promise<boolean> {
    // Absent outside secure contexts, whatever the type says.
    if (typeof (storage as Partial<StorageManager> | undefined)?.persist !== 'function' || storage === undefined) {
      throw new Error('This browser promises no storage.');
    }
    return (await storage.persisted()) || storage.persist();
  }

  return (): Promise<boolean> => (answer ??= ask());
}
