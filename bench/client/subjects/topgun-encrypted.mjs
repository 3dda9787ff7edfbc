// TopGun as in `topgun.mjs`, what it stores encrypted.

import { EncryptedDexieAdapter } from '@topgun/core';

import { createTopgun } from './create-topgun.mjs';

// The same in the page that looks whether it is stored.
const key = Uint8Array.from({ length: 32 }, (_, n) => n);

export const { open, show } = createTopgun({
  serverUrl: 'http://localhost:1',
  storage: new EncryptedDexieAdapter({ key }),
});
