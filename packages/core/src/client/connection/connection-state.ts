import type { ConnectionState } from '../ports/tab-events.js';

/*
 * CL-6: the connection of a client, as a table that is total by type: a new state or event does not compile until every
 * cell is decided. Pure; `connection.ts` drives it.
 */
export type { ConnectionState };

/**
 * - `connect`, `disconnect`, `force`, `close`: the app (or the page) says so; `force` means a new connection at once
 * - `token`, `token-failed`: the app's answer to being asked for a token; `token-changed`: it has a new one
 * - `welcomed`, `caught-up`: the server's first message; everything from before is settled
 * - `lost`: the connection or the attempt ended, for any reason but the next two
 * - `auth-refused`, `version-refused`: the server's typed refusals
 * - `retry`: the wait is over
 * - `online`, `visible`, `restored`: the browser found a network; somebody looks at the page again; it is back from the back/forward cache, with
 *   dead sockets
 */
export type ConnectionInput =
  | 'connect'
  | 'disconnect'
  | 'force'
  | 'close'
  | 'token'
  | 'token-failed'
  | 'token-changed'
  | 'welcomed'
  | 'caught-up'
  | 'lost'
  | 'auth-refused'
  | 'version-refused'
  | 'retry'
  | 'online'
  | 'visible'
  | 'restored';

/**
 * What the driver does on a transition.
 * - `open`: end whatever attempt there is, and begin a new one by asking for a token
 * - `hello`: open the transport with the token at hand
 * - `drop`: end whatever attempt, connection or wait there is
 * - `wait`: the same, then set the timer of the next attempt
 * - `probe`: ping now: the connection may have died without a sign
 */
export type ConnectionEffect = 'none' | 'open' | 'hello' | 'drop' | 'wait' | 'probe';

export interface Transition {
  readonly to: ConnectionState;
  readonly effect: ConnectionEffect;
}

type Row = Readonly<Record<ConnectionInput, Transition>>;

const go = (to: ConnectionState, effect: ConnectionEffect): Transition => ({ to, effect });

const OPEN = go('authenticating', 'open');
const PAUSE = go('offline', 'drop');
const END = go('closed', 'drop');
const RETRY_LATER = go('backing-off', 'wait');
const ASK_TOKEN = go('needs-auth', 'drop');
const GIVE_UP = go('incompatible', 'drop');

/** Late echoes of an attempt that is over: the driver filters them by attempt, and here they change nothing either. */
const stay = (state: ConnectionState) => {
  const same = go(state, 'none');
  return {
    token: same,
    'token-failed': same,
    welcomed: same,
    'caught-up': same,
    lost: same,
    'auth-refused': same,
    'version-refused': same,
    retry: same,
  } as const;
};

/** What the browser says, where nothing comes of it. */
const ignored = (state: ConnectionState) => {
  const same = go(state, 'none');
  return { online: same, visible: same, restored: same } as const;
};

/** The ways a connection, or an attempt at one, ends by itself. */
const ENDINGS = { lost: RETRY_LATER, 'auth-refused': ASK_TOKEN, 'version-refused': GIVE_UP } as const;

export const CONNECTION_TABLE: Readonly<Record<ConnectionState, Row>> = {
  offline: {
    ...stay('offline'),
    connect: OPEN,
    disconnect: go('offline', 'none'),
    force: OPEN,
    close: END,
    'token-changed': go('offline', 'none'),
    ...ignored('offline'), // a pause is a pause
  },
  authenticating: {
    ...stay('authenticating'),
    connect: go('authenticating', 'none'),
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    token: go('connecting', 'hello'),
    'token-failed': RETRY_LATER,
    'auth-refused': ASK_TOKEN, // there is no token of this principal
    lost: RETRY_LATER, // the app took too long
    'token-changed': OPEN,
    online: OPEN, // the token's own request may hang in the dead network
    visible: go('authenticating', 'none'),
    restored: OPEN,
  },
  connecting: {
    ...stay('connecting'),
    ...ENDINGS,
    connect: go('connecting', 'none'),
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': OPEN,
    welcomed: go('reconciling', 'none'),
    online: OPEN,
    visible: go('connecting', 'none'),
    restored: OPEN,
  },
  reconciling: {
    ...stay('reconciling'),
    ...ENDINGS,
    'auth-refused': RETRY_LATER, // a token was good a moment ago: the next attempt asks the app for another
    connect: go('reconciling', 'none'),
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': go('reconciling', 'none'), // used when the server asks again
    'caught-up': go('live', 'none'),
    online: go('reconciling', 'probe'),
    visible: go('reconciling', 'probe'),
    restored: OPEN,
  },
  live: {
    ...stay('live'),
    ...ENDINGS,
    'auth-refused': OPEN, // the token has run out: the app is asked for another at once
    connect: go('live', 'none'),
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': go('live', 'none'),
    online: go('live', 'probe'),
    visible: go('live', 'probe'),
    restored: OPEN,
  },
  'backing-off': {
    ...stay('backing-off'),
    connect: OPEN,
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': OPEN,
    retry: OPEN,
    online: OPEN,
    visible: OPEN, // who looks does not wait half a minute
    restored: OPEN,
  },
  'needs-auth': {
    ...stay('needs-auth'),
    connect: OPEN,
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': OPEN,
    ...ignored('needs-auth'), // the same token would be refused again
  },
  incompatible: {
    ...stay('incompatible'),
    connect: OPEN,
    disconnect: PAUSE,
    force: OPEN,
    close: END,
    'token-changed': go('incompatible', 'none'),
    ...ignored('incompatible'),
  },
  closed: {
    ...stay('closed'),
    connect: go('closed', 'none'),
    disconnect: go('closed', 'none'),
    force: go('closed', 'none'),
    close: go('closed', 'none'),
    'token-changed': go('closed', 'none'),
    ...ignored('closed'),
  },
};

export function transition(state: ConnectionState, input: ConnectionInput): Transition {
  return CONNECTION_TABLE[state][input];
}

/** Whether the server has welcomed this connection: messages may be sent. */
export function isConnected(state: ConnectionState): boolean {
  return state === 'reconciling' || state === 'live';
}
