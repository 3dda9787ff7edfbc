import type { Resource } from './budgets.js';

/** Somebody has asked for more than their budget. */
export interface Overdrawn {
  readonly scope: 'connection' | 'user' | 'address' | 'server';
  readonly resource:
    | Resource
    | 'connects'
    | 'connections'
    | 'subscriptions'
    | 'waiting'
    | 'window'
    | 'returns'
    | 'malformed';
  /** When asking again is right, in ms from now. */
  readonly retryAfterMs: number;
}

const WHOSE: Readonly<Record<Overdrawn['scope'], string>> = {
  connection: 'This connection',
  user: 'This user',
  address: 'This address',
  server: 'The server',
};

const WHAT: Readonly<Record<Overdrawn['resource'], string>> = {
  messages: 'sends more messages',
  bytes: 'sends more bytes',
  ops: 'writes more',
  rows: 'asks for more rows',
  words: 'searches more',
  connects: 'connects more often',
  connections: 'has more connections',
  subscriptions: 'has more subscriptions',
  waiting: 'sends more before its turn',
  window: 'has more ops undecided',
  returns: 'comes back sooner',
  malformed: 'sends more that is no message of this protocol',
};

/** For people. */
export const overdrawnText = ({ scope, resource }: Overdrawn): string =>
  `${WHOSE[scope]} ${WHAT[resource]} than its budget holds.`;
