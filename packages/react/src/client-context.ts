import type { TopGunClient } from '@topgun/core';
import { createContext } from 'react';

/** The client of the nearest provider. */
export const ClientContext = createContext<TopGunClient | null>(null);
