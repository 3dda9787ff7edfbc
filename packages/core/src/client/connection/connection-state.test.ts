import { describe, expect, it } from 'vitest';

import {
  CONNECTION_TABLE,
  isConnected,
  transition,
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionState,
} from './connection-state.js';

// Written out on its own, cell by cell: the table is checked against intention, not against itself.
// Per state: input → next state + effect; every input that is not listed must change nothing.
type Cells = Partial<Record<ConnectionInput, `${ConnectionState} ${ConnectionEffect}`>>;

const EXPECTED: Record<ConnectionState, Cells> = {
  offline: { connect: 'authenticating open', force: 'authenticating open', close: 'closed drop' },
  authenticating: {
    token: 'connecting hello',
    'auth-refused': 'needs-auth drop',
    'token-failed': 'backing-off wait',
    lost: 'backing-off wait',
    'token-changed': 'authenticating open',
    online: 'authenticating open',
    restored: 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  connecting: {
    welcomed: 'reconciling none',
    lost: 'backing-off wait',
    'auth-refused': 'needs-auth drop',
    'version-refused': 'incompatible drop',
    'token-changed': 'authenticating open',
    online: 'authenticating open',
    restored: 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  reconciling: {
    'caught-up': 'live none',
    lost: 'backing-off wait',
    'auth-refused': 'backing-off wait',
    'version-refused': 'incompatible drop',
    online: 'reconciling probe',
    visible: 'reconciling probe',
    restored: 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  live: {
    lost: 'backing-off wait',
    'auth-refused': 'authenticating open',
    'version-refused': 'incompatible drop',
    online: 'live probe',
    visible: 'live probe',
    restored: 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  'backing-off': {
    connect: 'authenticating open',
    retry: 'authenticating open',
    online: 'authenticating open',
    visible: 'authenticating open',
    restored: 'authenticating open',
    'token-changed': 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  'needs-auth': {
    connect: 'authenticating open',
    'token-changed': 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  incompatible: {
    connect: 'authenticating open',
    force: 'authenticating open',
    disconnect: 'offline drop',
    close: 'closed drop',
  },
  closed: {},
};

const states = Object.keys(CONNECTION_TABLE) as ConnectionState[];
const inputs = Object.keys(CONNECTION_TABLE.offline) as ConnectionInput[];

describe('CL-6: the connection state table', () => {
  it('has 9 states and 16 inputs', () => {
    expect(states).toHaveLength(9);
    expect(inputs).toHaveLength(16);
  });

  for (const state of states) {
    for (const input of inputs) {
      it(`CL-6: ${state} + ${input}`, () => {
        const { to, effect } = transition(state, input);
        expect(`${to} ${effect}`).toBe(EXPECTED[state][input] ?? `${state} none`);
      });
    }
  }

  it('CL-6: only `close` leads to the end, and nothing leads out of it', () => {
    for (const state of states) {
      for (const input of inputs) {
        const { to } = transition(state, input);
        if (to === 'closed') expect(state === 'closed' || input === 'close').toBe(true);
        if (state === 'closed') expect(to).toBe('closed');
      }
    }
  });

  it('CL-6: a state that cannot go on by itself leaves by `connect`, and a connection by `lost`', () => {
    for (const state of states) {
      if (state === 'closed') continue;
      const input = isConnected(state) || state === 'connecting' || state === 'authenticating' ? 'lost' : 'connect';
      expect(transition(state, input).to).not.toBe(state);
    }
  });
});
