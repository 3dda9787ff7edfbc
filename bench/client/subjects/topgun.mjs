// TopGun with its default storage. `open` without a server's address: a client of a server that it does not reach, so that all that
// is written stays in the outbox.

import { createTopgun } from './create-topgun.mjs';

export const { open, show } = createTopgun({ serverUrl: 'http://localhost:1' });
