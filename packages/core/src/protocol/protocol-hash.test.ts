import { describe, expect, test } from 'vitest';
import { PROTOCOL_VERSION } from './hello.js';
import { protocolHash, protocolText } from './protocol-hash.js';

describe('the frozen wire', () => {
  /**
   * When this fails, the wire has changed. Before the first release: put the new hash here. After it: raise
   * PROTOCOL_VERSION too, and keep what the version before it needs (N and N−1).
   */
  test('version and hash are those that were agreed', () => {
    expect([PROTOCOL_VERSION, protocolHash()]).toEqual([1, 'feded0f1ba1bd7df']);
  });

  test('the hash covers every message, every code and the form of ops and records', () => {
    const text = protocolText();
    for (const part of ['announce', 'submit', 'subscribe', 'unsubscribe', 'ping', 'welcome', 'announced', 'decided']) {
      expect(text).toContain(`"const":"${part}"`);
    }
    for (const part of [
      'read-journal',
      'end-journal',
      'journal',
      'journal-refused',
      'ask-search',
      'end-search',
      'search-facts',
      'search-refused',
      'call',
      'called',
      'call-refused',
      'turn',
      'same',
      'level',
      'rows',
      'push',
      'pong',
      'error',
    ])
      expect(text).toContain(`"const":"${part}"`);
    for (const part of ['clock-skew', 'bad-query', 'superseded', '"enter"', '"d"', '{11}', 'wholeMapRows', 'lineage']) {
      expect(text).toContain(part);
    }
  });
});
