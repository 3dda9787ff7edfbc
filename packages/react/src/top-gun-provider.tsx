import type { TopGunClient } from '@topgun/core';
import type { ReactNode } from 'react';

import { ClientContext } from './client-context.js';

export interface TopGunProviderProps<S extends object, W extends object = S> {
  /** Made once, outside of rendering. The provider neither starts nor closes it: it may outlive every component. */
  readonly client: TopGunClient<S, W>;
  readonly children?: ReactNode;
}

/** Gives the hooks below it their client. */
export function TopGunProvider<S extends object, W extends object = S>({
  client,
  children,
}: TopGunProviderProps<S, W>): ReactNode {
  // The schema is types only: hooks name the type of their records themselves.
  return <ClientContext.Provider value={client as unknown as TopGunClient}>{children}</ClientContext.Provider>;
}
