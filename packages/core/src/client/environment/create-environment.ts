import type { Environment } from '../ports/environment.js';
import { createBrowserEnvironment } from './browser-environment.js';
import { createNodeEnvironment } from './node-environment.js';

/**
 * What the client runs in: a browser's environment where there is a page, Node's elsewhere; overrides win. A page without IndexedDB
 * gets the browser's too: its storage then says `unavailable`, and the client can flag that nothing will last.
 */
export function createEnvironment(overrides: Partial<Environment> = {}): Environment {
  return { ...(isBrowser() ? createBrowserEnvironment() : createNodeEnvironment()), ...overrides };
}

function isBrowser(): boolean {
  return typeof window !== 'undefined' && typeof document !== 'undefined';
}
