import { TopGunError } from '../../primitives/index.js';
import {
  PROTOCOL_VERSION,
  type ClientMessage,
  type Hello,
  type ServerMessage,
  type WelcomeMessage,
} from '../../protocol/index.js';
import type { Environment } from '../ports/environment.js';
import type { TransportClose, TransportConnection } from '../ports/transport.js';
import type { ConnectionFault } from '../ports/tab-events.js';
import { backoffDelay, waitBeforeRetry, type BackoffConfig } from './backoff.js';
import { measureOffset } from './clock-offset.js';
import { isConnected, transition, type ConnectionInput, type ConnectionState } from './connection-state.js';
import { beat, heard, startPulse, type HeartbeatConfig, type Pulse } from './heartbeat.js';

/**
 * CL-6: drives the state table with a transport, the timers of backoff and heartbeat, and the app's token. Knows nothing of what
 * messages mean, apart from `welcome`, `pong` and errors that end the connection.
 */
export interface Connection {
  state(): ConnectionState;
  fault(): ConnectionFault | null;
  /** What the app, the page or the owner says. */
  input(input: 'connect' | 'disconnect' | 'force' | 'close' | 'token-changed' | 'caught-up'): void;
  /** Sends when the server has welcomed this connection; otherwise the message is gone. */
  send(message: ClientMessage): void;
  /** The offset measured by the last welcome or pong of this connection, or of one before it. */
  offsetMs(): number;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'random' | 'network' | 'transport' | 'log'>;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  readonly offsetMs: number;
  readonly getToken: () => string | null | Promise<string | null>;
  readonly greet: () => Pick<Hello, 'replicas' | 'lineage' | 'subs'>;
  readonly onState: (state: ConnectionState, fault: ConnectionFault | null) => void;
  /** The state is `reconciling` by now. */
  readonly onWelcome: (welcome: WelcomeMessage) => void;
  /** Only while welcomed, and no `welcome`. */
  readonly onMessage: (message: ServerMessage) => void;
  /** The welcomed connection is over. */
  readonly onDown: () => void;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { environment, backoff, heartbeat } = options;
  const { clock, timers } = environment;
  let state: ConnectionState = 'offline';
  let fault: ConnectionFault | null = null;
  let offsetMs = options.offsetMs;
  /** Counts attempts: whatever still comes of an earlier one is not heard. */
  let attempt = 0;
  let socket: TransportConnection | null = null;
  let failures = 0;
  /** AB-3: what the server has said last of when to come back. */
  let retryAfterMs = 0;
  let pulse: Pulse | null = null;
  let cancelBeat: (() => void) | null = null;
  let cancelRetry: (() => void) | null = null;
  let forgetSignals: (() => void) | null = null;
  let token: string | null = null;
  /** What the server has refused last: it would refuse it again. `undefined`: nothing, or the app wants it tried. */
  let refusedToken: string | null | undefined;
  /** What this connection has shown last. */
  let shownToken: string | null = null;

  function apply(input: ConnectionInput, why: ConnectionFault | null = null): void {
    const from = state;
    const { to, effect } = transition(from, input);
    state = to;
    if (to === 'live') failures = 0;
    if (to !== from || why !== null) fault = why;
    const ends = effect === 'open' || effect === 'drop' || effect === 'wait';
    if (ends) endAttempt();
    if (ends && isConnected(from)) options.onDown();
    if (to !== from) options.onState(to, fault);
    // The listeners may have said something themselves.
    if (state !== to) return;
    if (effect === 'open') askForToken();
    else if (effect === 'hello') openSocket();
    else if (effect === 'wait') waitForRetry();
    else if (effect === 'probe') ping();
    if (state === 'closed') forgetSignals?.();
  }

  function endAttempt(): void {
    attempt += 1;
    cancelBeat?.();
    cancelRetry?.();
    cancelBeat = null;
    cancelRetry = null;
    pulse = null;
    const old = socket;
    socket = null;
    old?.close();
  }

  function askForToken(): void {
    const mine = attempt;
    startBeating();
    const answer = (
      input: 'token' | 'token-failed' | 'auth-refused',
      given: string | null,
      why: ConnectionFault | null,
    ): void => {
      if (mine !== attempt) return;
      if (input === 'token' && given === refusedToken) {
        apply('auth-refused', { code: 'needs-auth', reason: 'The server has refused this token already.' });
        return;
      }
      token = given;
      if (input === 'token-failed') failures += 1;
      apply(input, why);
    };
    const failed = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      // CL-10: the app has none to give; asking again and again would not help.
      const isMissing = error instanceof TopGunError && error.code === 'needs-auth';
      if (isMissing) answer('auth-refused', null, { code: 'needs-auth', reason });
      else answer('token-failed', null, { code: 'token-failed', reason });
    };
    try {
      const given = options.getToken();
      if (given === null || typeof given === 'string') answer('token', given, null);
      else given.then((later) => answer('token', later, null), failed);
    } catch (error) {
      failed(error);
    }
  }

  function openSocket(): void {
    const mine = attempt;
    const sentAt = clock.now();
    const hello: Hello = {
      protocol: PROTOCOL_VERSION,
      ...options.greet(),
      ...(token === null ? {} : { token }),
    };
    socket = environment.transport.connect(options.url, hello, {
      onMessage: (message) => {
        if (mine === attempt) receive(message, sentAt);
      },
      onClose: (close) => {
        if (mine === attempt) closed(close);
      },
    });
  }

  function receive(message: ServerMessage, sentAt: number): void {
    const now = clock.now();
    if (pulse !== null) pulse = heard(pulse, now);
    if (message.type === 'error' && message.fatal) {
      socket?.close();
      closed({ code: 'refused', reason: message.reason, error: message });
    } else if (message.type === 'welcome') {
      if (state !== 'connecting') return;
      offsetMs = measureOffset(sentAt, now, message.serverTime, offsetMs);
      shownToken = token;
      apply('welcomed');
      if (isConnected(state)) options.onWelcome(message);
    } else if (isConnected(state)) {
      // What was sent with `at` comes back as it was, so both moments are this device's.
      if (message.type === 'pong') offsetMs = measureOffset(message.at, now, message.serverTime, offsetMs);
      if (message.type === 'error' && message.code === 'needs-auth' && message.about === undefined) showToken();
      else options.onMessage(message);
    }
  }

  /** A token ends, or there is a new one, while the connection stands: shown in time, it goes on. What the app has not got it is asked for at the end. */
  function showToken(): void {
    const mine = attempt;
    const show = (given: string | null): void => {
      if (mine !== attempt || !isConnected(state) || given === null || given === shownToken) return;
      shownToken = given;
      socket?.send({ type: 'token', token: given });
    };
    const failed = (error: unknown): void => environment.log('warn', 'there is no new token', error);
    try {
      const given = options.getToken();
      if (given === null || typeof given === 'string') show(given);
      else given.then(show, failed);
    } catch (error) {
      failed(error);
    }
  }

  function closed(close: TransportClose): void {
    // Nothing is left to close on our side.
    socket = null;
    failures += 1;
    retryAfterMs = close.error?.retryAfterMs ?? 0;
    const why = { code: close.error?.code ?? close.code, reason: close.error?.reason ?? close.reason };
    const ending = endingOf(why.code);
    if (ending === 'auth-refused') refusedToken = token;
    apply(ending, why);
  }

  /** The attempt as a whole, the app's token included, has the time a silent server has. */
  function startBeating(): void {
    pulse = startPulse(heartbeat, clock.now());
    scheduleBeat();
  }

  function scheduleBeat(): void {
    cancelBeat = timers.after(heartbeat.intervalMs, () => {
      if (pulse === null) return;
      const { verdict, pulse: next } = beat(heartbeat, pulse, clock.now());
      pulse = next;
      scheduleBeat();
      if (verdict === 'ping') ping();
      else unresponsive();
    });
  }

  function unresponsive(): void {
    const why = { code: 'lost', reason: 'The server no longer answers.' };
    failures += 1;
    // A connection that worked is replaced at once; an attempt that went unanswered is a failed one.
    apply(isConnected(state) ? 'force' : 'lost', why);
  }

  function ping(): void {
    if (isConnected(state)) socket?.send({ type: 'ping', at: clock.now() });
  }

  function waitForRetry(): void {
    const delayMs = backoffDelay(backoff, failures, environment.random.unit());
    // Given up: `online`, a new token or the app may still begin again.
    if (delayMs === null) return;
    const waitMs = waitBeforeRetry(delayMs, retryAfterMs, environment.random.unit);
    retryAfterMs = 0;
    cancelRetry = timers.after(waitMs, () => apply('retry'));
  }

  forgetSignals = environment.network.onSignal(apply);

  return {
    state: () => state,
    fault: () => fault,
    input(input) {
      if (input === 'connect' || input === 'force') failures = 0;
      if (input === 'connect' || input === 'force' || input === 'token-changed') refusedToken = undefined;
      const stands = isConnected(state);
      apply(input);
      if (input === 'token-changed' && stands) showToken();
    },
    send(message) {
      if (isConnected(state)) socket?.send(message);
    },
    offsetMs: () => offsetMs,
  };
}

function endingOf(code: string): 'auth-refused' | 'version-refused' | 'lost' {
  if (code === 'needs-auth') return 'auth-refused';
  return code === 'protocol-version' ? 'version-refused' : 'lost';
}
