import type { Readiness, TopGunClient, TopGunError } from '@topgun/core';
import { act, Component, startTransition, StrictMode, Suspense, useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TopGunProvider, useSuspenseQuery } from './index.js';
// Sets up React for tests.
import './testing/mount.js';
import { createServedClient, type ServedClient } from './testing/served-client.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly code: string | null }> {
  override state: { readonly code: string | null } = { code: null };
  static getDerivedStateFromError(error: TopGunError): { readonly code: string } {
    return { code: error.code };
  }
  override render(): ReactNode {
    const { code } = this.state;
    if (code === null) return this.props.children;
    return <button onClick={() => this.setState({ code: null })}>{`failed: ${code}`}</button>;
  }
}

let served: ServedClient;
let client: TopGunClient;
let host: HTMLElement;
let root: Root;

beforeEach(() => {
  served = createServedClient();
  client = served.client;
  host = document.createElement('div');
  document.body.append(host);
  // What is thrown to the boundary is expected.
  root = createRoot(host, { onCaughtError: () => {} });
});
afterEach(async () => {
  act(() => root.unmount());
  host.remove();
  await client.close();
});

const List = ({ until, done = false }: { readonly until?: Readiness; readonly done?: boolean }): ReactNode => {
  const { data, status } = useSuspenseQuery<Todo>('todos', { where: { done } }, until && { suspendUntil: until });
  return `${status}: ${data.map((row) => row._key).join()}`;
};

const Page = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <StrictMode>
    <TopGunProvider client={client}>
      <Boundary>
        <Suspense fallback="waiting">{children}</Suspense>
      </Boundary>
    </TopGunProvider>
  </StrictMode>
);

const show = (children: ReactNode): Promise<void> => act(async () => root.render(<Page>{children}</Page>));
const settle = (): Promise<void> => act(() => served.settle());
/** Until nothing more comes of it: React shows what it suspended for in its own time. */
async function shown(): Promise<string | null> {
  await settle();
  await settle();
  return host.textContent;
}

describe('CL-24: useSuspenseQuery', () => {
  it('suspends until this device’s rows are read, and shows them at once when they are', async () => {
    act(() =>
      root.render(
        <Page>
          <List />
        </Page>,
      ),
    );
    expect(host.textContent).toBe('waiting');
    served.server.holdAnswers();
    expect(await shown()).toBe('local: ');
    act(() => void client.getMap('todos').set('a', { text: 'A', done: false }));
    expect(host.textContent).toBe('local: a');
  });

  it('settled: suspends until the server’s answer, and goes on showing it when the connection goes', async () => {
    served.createElsewhere('todos', 'a', { text: 'A', done: false });
    served.server.holdAnswers();
    await show(<List until="settled" />);
    expect(await shown()).toBe('waiting');
    served.server.releaseAnswers();
    expect(await shown()).toBe('settled: a');
    act(() => client.disconnect());
    expect(await shown()).toBe('local: a');
    await show(<List until="settled" />);
    expect(host.textContent).toBe('local: a');
    act(() => client.connect());
    expect(await shown()).toBe('settled: a');
  });

  it('settled: throws to the boundary while the server cannot be asked, and tries again when that is asked for', async () => {
    client.disconnect();
    await show(<List until="settled" />);
    expect(await shown()).toBe('failed: offline');
    act(() => client.connect());
    await settle();
    act(() => host.querySelector('button')?.click());
    expect(await shown()).toBe('settled: ');
  });

  it('settled: throws when the connection is lost while it waits', async () => {
    served.server.holdAnswers();
    await show(<List until="settled" />);
    expect(await shown()).toBe('waiting');
    served.server.refuseHello('overloaded');
    served.server.dropConnections();
    expect(await shown()).toBe('failed: offline');
  });

  it('throws a bad query, and one that the server refuses', async () => {
    served.server.refuseQueries('too-many-rows');
    await show(<List until="settled" />);
    expect(await shown()).toBe('failed: too-many-rows');
    const Bad = (): ReactNode => useSuspenseQuery('todos', { where: { a: { $nope: 1 } } } as never).status;
    act(() => root.unmount());
    root = createRoot(host, { onCaughtError: () => {} });
    await show(<Bad />);
    expect(await shown()).toBe('failed: bad-query');
  });

  it('keeps what is shown while a transition waits for another query', async () => {
    const Picker = (): ReactNode => {
      const [done, setDone] = useState(false);
      return (
        <>
          <List until="settled" done={done} />
          <button aria-label="done" onClick={() => startTransition(() => setDone(true))} />
        </>
      );
    };
    await show(<Picker />);
    expect(await shown()).toBe('settled: ');
    served.createElsewhere('todos', 'd', { text: 'D', done: true });
    served.server.holdAnswers();
    await act(async () => host.querySelector('button')?.click());
    expect(await shown()).toBe('settled: ');
    served.server.releaseAnswers();
    expect(await shown()).toBe('settled: d');
  });

  it('leaves nothing behind when it is unmounted while it waits', async () => {
    served.server.holdAnswers();
    await show(<List until="settled" />);
    await settle();
    await show(null);
    served.server.releaseAnswers();
    await settle();
    // The answer is held for a moment, in case the component is on its way, and then let go (SY-6).
    await act(() => served.advance(5_000));
    expect(openQueries(client)).toBe(0);
  });

  it('selects, tracks and is disabled as useQuery is', async () => {
    const Texts = ({ map }: { readonly map: string | null }): ReactNode =>
      useSuspenseQuery<Todo, string>(map, {}, { select: (rows) => rows.map((row) => row.text).join() }).data ||
      'nothing';
    await show(<Texts map={null} />);
    expect(host.textContent).toBe('nothing');
    await show(<Texts map="todos" />);
    await settle();
    act(() => void client.getMap('todos').set('a', { text: 'A', done: false }));
    expect(await shown()).toBe('A');
  });

  it('renders the fallback on a server', () => {
    expect(
      renderToString(
        <Page>
          <List />
        </Page>,
      ),
    ).toContain('waiting');
  });
});

/** What this tab has open, as far as its subscriptions tell. */
function openQueries(of: TopGunClient): number {
  let settled = 0;
  for (const done of [true, false]) {
    if (of.query('todos', { where: { done } }).getSnapshot().settled) settled++;
  }
  return settled;
}
