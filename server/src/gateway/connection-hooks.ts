import { err, ok, type Result } from '@topgun/core/primitives';
import type { Hello } from '@topgun/core/protocol';
import type { Logger, Random, Timers } from '../ports/environment.js';
import type { Identity } from '../ports/identity.js';
import { DEFAULT_HOOK_MS, type ConnectionContext, type ServerHooks } from '../services/hooks/server-hooks.js';
import { failureText, withinLimit } from '../services/hooks/within-limit.js';
import type { HelloRefusal } from './client-link.js';

export interface ConnectionHooksOptions {
  readonly hooks: ServerHooks;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Logger;
}

/** HK-6: asks the app's server whether somebody may come in, and tells it when they have gone. Connections do not wait for each other. */
export class ConnectionHooks {
  readonly #options: ConnectionHooksOptions;
  /** Who was let in and has not begun, by their hello; and who has. */
  readonly #letIn = new WeakMap<Hello, Omit<ConnectionContext, 'signal'>>();

  constructor(options: ConnectionHooksOptions) {
    this.#options = options;
  }

  async admit(hello: Hello, identity: Identity | null): Promise<Result<void, HelloRefusal>> {
    const { hooks, log, random } = this.#options;
    const connection = {
      connection: random.id(16),
      principal: identity?.principal ?? null,
      claims: identity?.claims ?? {},
    };
    const outcome = await this.#call((signal) =>
      hooks.onConnection?.({ ...connection, signal, refuse: (reason) => ({ refused: reason }) }),
    );
    if (outcome.type !== 'returned') {
      log.error('onConnection failed', { reason: failureText(outcome) });
      return err({ code: 'internal', reason: 'The server could not judge this connection.' });
    }
    const refused = refusalOf(outcome.value);
    if (refused !== null) return err({ code: 'not-permitted', reason: refused });
    this.#letIn.set(hello, connection);
    return ok(undefined);
  }

  /** The connection of that hello has ended. */
  async ended(hello: Hello): Promise<void> {
    const { hooks, log } = this.#options;
    const connection = this.#letIn.get(hello);
    if (connection === undefined || !this.#letIn.delete(hello)) return;
    const outcome = await this.#call((signal) => hooks.onDisconnect?.({ ...connection, signal }));
    if (outcome.type !== 'returned') log.error('onDisconnect failed', { reason: failureText(outcome) });
  }

  #call<T>(call: (signal: AbortSignal) => T | PromiseLike<T>) {
    return withinLimit(this.#options.timers, this.#options.hooks.timeoutMs ?? DEFAULT_HOOK_MS, call);
  }
}

/** Whatever came back is the app's. What cannot be read refuses. */
function refusalOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  try {
    return String((value as { refused: unknown }).refused);
  } catch {
    return 'The server refused this connection.';
  }
}
