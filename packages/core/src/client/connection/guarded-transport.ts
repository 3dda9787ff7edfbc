import type { Clock } from '../ports/environment.js';
import type { Transport, TransportConnection } from '../ports/transport.js';

/** Whoever has not run for so long may have been robbed of the lead: a thief waits for longer than this. */
export const GAP_MS = 3_000;

export interface TransportGuardOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Whether this tab still leads. */
  readonly isLeading: () => Promise<boolean>;
  /** It does not. */
  readonly lost: () => void;
}

export interface GuardedTransport extends Transport {
  /** From here on nothing goes in or out. */
  end(): void;
}

/**
 * CL-4: a frozen tab finds, when it thaws, what the server has sent meanwhile. It may have been robbed of the lead by then, and must not
 * act on it, nor send anything: so after a gap in which it did not run it asks first. In and out everything keeps its order.
 */
export function guardTransport({ transport, clock, isLeading, lost }: TransportGuardOptions): GuardedTransport {
  let ranAt = clock.now();
  let waiting: (() => void)[] | null = null;
  let isOver = false;

  const isGap = (since: number): boolean => clock.now() - since >= GAP_MS || clock.now() < since;

  function pass(act: () => void): void {
    if (isOver) return;
    const before = ranAt;
    ranAt = clock.now();
    if (waiting !== null) waiting.push(act);
    else if (isGap(before)) {
      waiting = [act];
      void ask();
    } else act();
  }

  async function ask(): Promise<void> {
    let askedAt: number;
    do {
      askedAt = clock.now();
      if (!(await isLeading())) {
        if (!isOver) lost();
        return;
      }
      // It may have been frozen while it asked.
    } while (isGap(askedAt));
    const acts = waiting ?? [];
    waiting = null;
    ranAt = clock.now();
    // One of them may be the last.
    for (const act of acts) if (!isOver) act();
  }

  return {
    connect(url, hello, events) {
      let connection: TransportConnection | null = null;
      let isClosed = false;
      pass(() => {
        if (isClosed) return;
        connection = transport.connect(url, hello, {
          onMessage: (message) =>
            pass(() => {
              if (!isClosed) events.onMessage(message);
            }),
          onClose: (close) => pass(() => events.onClose(close)),
        });
      });
      return {
        send: (message) => pass(() => connection?.send(message)),
        close() {
          isClosed = true;
          if (connection !== null) connection.close();
          else queueMicrotask(() => events.onClose({ code: 'closed', reason: 'closed by this client' }));
        },
      };
    },
    end() {
      isOver = true;
      waiting = null;
    },
  };
}
