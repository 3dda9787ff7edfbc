// TopGun without a server, what it stores encrypted.

import { EncryptedDexieAdapter } from '@topgun/core';

import { createTopgun } from './create-topgun.mjs';

// The same in the page that reads what was stored.
const key = Uint8Array.from({ length: 32 }, (_, n) => n);

export const { open, show } = createTopgun({ storage: new EncryptedDexieAdapter({ key }) });
