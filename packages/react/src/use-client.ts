import { TopGunError, type TopGunClient } from '@topgun/core';
import { useContext } from 'react';

import { ClientContext } from './client-context.js';

/** The client of the nearest provider. @throws TopGunError `no-provider` outside of a `TopGunProvider` */
export function useClient(): TopGunClient {
  const client = useContext(ClientContext);
  if (client === null) {
    throw new TopGunError('no-provider', 'This hook needs a <TopGunProvider client={…}> above it.');
  }
  return client;
}
