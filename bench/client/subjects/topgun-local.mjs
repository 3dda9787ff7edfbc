// TopGun without a server: what is written is confirmed at once.

import { createTopgun } from './create-topgun.mjs';

export const { open, show } = createTopgun({});
