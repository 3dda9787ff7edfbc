/** What a page has set going and not ended. */
export interface PageUse {
  readonly timers: number;
  /** Of objects that live as long as the page. */
  readonly listeners: number;
  readonly channels: number;
  /** Held or asked for, of this origin. */
  readonly locks: number;
  readonly databases: number;
  readonly sockets: number;
}

export interface PageUseCounter {
  now(): Promise<PageUse>;
  restore(): void;
}

/** Counts from now on what anybody in this page opens and closes, by standing in for what the platform offers. */
export function countPageUse(): PageUseCounter {
  const timers = new Set<unknown>();
  const listeners = new Set<string>();
  const open = { channels: new Set<unknown>(), databases: new Set<unknown>(), sockets: new Set<unknown>() };
  const restores: (() => void)[] = [];

  function replace<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => T[K]): void {
    const original = target[name];
    target[name] = make(original);
    restores.push(() => (target[name] = original));
  }

  replace(
    globalThis,
    'setTimeout',
    (original) =>
      Object.assign((run: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) => {
        const timer: unknown = original(() => {
          timers.delete(timer);
          run(...args);
        }, delayMs);
        timers.add(timer);
        return timer;
      }, original) as typeof setTimeout,
  );
  for (const name of ['clearTimeout', 'clearInterval'] as const) {
    replace(globalThis, name, (original) => (timer) => {
      timers.delete(timer);
      original(timer);
    });
  }
  replace(
    globalThis,
    'setInterval',
    (original) =>
      Object.assign((...args: Parameters<typeof setInterval>) => {
        const timer = original(...args);
        timers.add(timer);
        return timer;
      }, original) as typeof setInterval,
  );

  const names = new WeakMap<object, number>();
  let named = 0;
  const nameOf = (object: object): number => {
    const name = names.get(object) ?? (named += 1);
    names.set(object, name);
    return name;
  };
  const lasting = new Set<unknown>([window, document, navigator.serviceWorker, window.visualViewport, screen]);
  type Listen = EventTarget['addEventListener'];
  const listenerName = (
    target: EventTarget | undefined,
    [type, listener, options]: Parameters<Listen>,
  ): string | null => {
    const on = target ?? window;
    if (!lasting.has(on) || listener === null) return null;
    const capture = typeof options === 'object' ? (options.capture ?? false) : (options ?? false);
    return `${nameOf(on)} ${type} ${nameOf(listener)} ${String(capture)}`;
  };
  // The window has functions of its own where somebody has replaced them before, as a test runner does.
  for (const target of [EventTarget.prototype, ...(Object.hasOwn(window, 'addEventListener') ? [window] : [])]) {
    for (const [name, note] of [
      ['addEventListener', (listener: string) => listeners.add(listener)],
      ['removeEventListener', (listener: string) => listeners.delete(listener)],
    ] as const) {
      replace(
        target,
        name,
        (original: Listen) =>
          function (this: EventTarget | undefined, ...args: Parameters<Listen>) {
            const listener = listenerName(this, args);
            if (listener !== null) {
              note(listener);
              const [, , options] = args;
              const ends = typeof options === 'object' ? options.signal : undefined;
              ends?.addEventListener('abort', () => listeners.delete(listener));
            }
            original.apply(this ?? window, args);
          },
      );
    }
  }

  replace(
    globalThis,
    'BroadcastChannel',
    (Original) =>
      class extends Original {
        constructor(name: string) {
          super(name);
          open.channels.add(this);
        }
        override close(): void {
          open.channels.delete(this);
          super.close();
        }
      },
  );
  replace(
    globalThis,
    'WebSocket',
    (Original) =>
      class extends Original {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          open.sockets.add(this);
          this.addEventListener('close', () => open.sockets.delete(this));
        }
      },
  );
  replace(
    IDBFactory.prototype,
    'open',
    (original) =>
      function (this: IDBFactory, ...args) {
        const request = original.apply(this, args);
        request.addEventListener('success', () => open.databases.add(request.result));
        return request;
      },
  );
  replace(
    IDBDatabase.prototype,
    'close',
    (original) =>
      function (this: IDBDatabase) {
        open.databases.delete(this);
        original.call(this);
      },
  );

  return {
    async now() {
      const { held = [], pending = [] } = await navigator.locks.query();
      return {
        timers: timers.size,
        listeners: listeners.size,
        channels: open.channels.size,
        locks: held.length + pending.length,
        databases: open.databases.size,
        sockets: open.sockets.size,
      };
    },
    restore() {
      for (const restore of restores.reverse()) restore();
    },
  };
}
