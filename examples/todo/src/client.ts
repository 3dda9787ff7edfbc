import { TopGunClient } from '@topgun/react';

import type { Todo } from './todo.js';

/** One client for the page, made outside of React. It syncs with the server the page came from. */
export const client = new TopGunClient<{ todos: Todo }>({ serverUrl: location.origin });

declare global {
  interface Window {
    /** For looking around in the browser's console. */
    topgun: typeof client;
  }
}
window.topgun = client;
