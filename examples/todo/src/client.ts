import { TopGunClient } from '@topgun/react';

import { schema } from '../schema.js';

/** One client for the page, made outside of React. It syncs with the server the page came from. */
export const client = new TopGunClient({ serverUrl: location.origin, schema });

declare global {
  interface Window {
    /** For looking around in the browser's console. */
    topgun: typeof client;
  }
}
window.topgun = client;
