import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { act, StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

import { TopGunProvider } from '../top-gun-provider.js';

declare global {
  // React's own switch: warns when a test changes state outside of `act`.
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

let clients = 0;
const mountedRoots = new Set<() => void>();

/** A local-only client of its own: no two share a database or a channel. */
export function createLocalClient(): TopGunClient {
  return new TopGunClient({ storage: new MemoryAdapter(), auth: { principal: `test-${++clients}` } });
}

export interface Mounted<R> {
  /** What the hook returned in each committed render, oldest first. */
  readonly renders: readonly R[];
  readonly last: R;
  rerender(next: () => R): void;
  unmount(): void;
}

/** Runs a hook in a component under StrictMode, so that effects and renders run twice as in development. */
export function mountHook<R>(client: TopGunClient, hook: () => R): Mounted<R> {
  const renders: R[] = [];
  const root = createRoot(document.createElement('div'));
  function Probe({ use }: { readonly use: () => R }): ReactNode {
    const result = use();
    renders.push(result);
    return null;
  }
  const render = (use: () => R): void =>
    act(() =>
      root.render(
        <StrictMode>
          <TopGunProvider client={client}>
            <Probe use={use} />
          </TopGunProvider>
        </StrictMode>,
      ),
    );
  const unmount = (): void => {
    mountedRoots.delete(unmount);
    act(() => root.unmount());
  };
  mountedRoots.add(unmount);
  render(hook);
  return {
    renders,
    get last() {
      return renders.at(-1) as R;
    },
    rerender: render,
    unmount,
  };
}

/** After each test, before its client closes. */
export function unmountAll(): void {
  for (const unmount of mountedRoots) unmount();
}
