// What a page keeps alive.

/** @param {import('playwright').Page} page @returns {Promise<number>} after garbage has been collected; buffers included */
export async function heapMiB(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return (usedSize + backingStorageSize) / 2 ** 20;
}
