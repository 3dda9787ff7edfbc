// A TopGun client as an app has it in a browser: stored in IndexedDB by the default adapter.

import { TopGunClient } from '@topgun/core';

export async function connect(serverUrl, heard) {
  const client = new TopGunClient({ serverUrl });
  await client.waitForState('live', 20_000);
  if (client.isInMemory) throw new Error('IndexedDB is not available');
  const items = client.getMap('pings');
  items.subscribe((changes) => {
    for (const { key, after } of changes) heard(key, after);
  });
  await items.settled();
  return { write: (key, record) => void items.set(key, record) };
}
