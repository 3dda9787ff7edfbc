import { EMPTY_RECORD, mergeRecords, type LwwRecord } from '@topgun/core/crdt';
import { createAsker, HashTrie, recordHash } from '@topgun/core/merkle';
import type { Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import type { Query } from '@topgun/core/query';
import type { LiveView, Resumption } from '../services/query/live-view.js';
import type { SeenOf, ViewRegistry } from '../services/query/view-registry.js';
import type { Exchanges } from '../services/sync/exchanges.js';
import { decoded } from './row-mirror.js';

/** What it comes back to. */
export interface Server {
  readonly hash: Hash64;
  readonly views: ViewRegistry;
  readonly exchanges: Exchanges;
}

/** What an exchange ends with. */
export const THROUGH = 7;

/** SY-2: a client with one subscription, which comes and goes: what it has confirmed, while it is away too. */
export class ReturningClient {
  readonly rows = new Map<string, LwwRecord>();
  readonly #server: Server;
  readonly #session: string;
  readonly #map: string;
  readonly #query: Query;
  /** Keys that pushes spoke of. */
  readonly #spoken = new Set<string>();

  /** What it sees of each map; it may be something else when it comes back. */
  seenOf: SeenOf;

  constructor(server: Server, session: string, map: string, query: Query, seenOf: SeenOf = () => null) {
    this.seenOf = seenOf;
    this.#server = server;
    this.#session = session;
    this.#map = map;
    this.#query = query;
  }

  take(changes: readonly RowChange[]): void {
    for (const [type, key, record] of changes) {
      this.#spoken.add(key);
      // What is out stays in the base of a client, but is none of its rows.
      if (type === 'gone' || type === 'out') this.rows.delete(key);
      else if (type === 'enter') this.rows.set(key, decoded(record));
      else this.rows.set(key, mergeRecords(this.rows.get(key) ?? EMPTY_RECORD, decoded(record)));
    }
  }

  leave(): void {
    this.#server.views.closeSession(this.#session);
    this.#server.exchanges.closeSession(this.#session);
  }

  /** Comes back with what it has; `between` happens during an exchange. Says in which way it was brought level. */
  comeBack(between: () => void): Resumption['type'] {
    const { hash, views } = this.#server;
    const trie = new HashTrie(hash);
    for (const [key, record] of this.rows) trie.set(key, recordHash(hash, key, record));
    const opened = views.open(this.#session, 1, this.#map, this.#query, this.seenOf);
    if (!opened.ok) throw new Error(opened.error.message);
    const view = opened.value;
    const resumed: Resumption = this.rows.size === 0 ? { type: 'all' } : view.resume(trie.digest());
    if (resumed.type === 'diffs') this.take(resumed.changes);
    if (resumed.type === 'all') {
      this.rows.clear();
      for (const { key, record } of view.rows()) this.rows.set(key, record);
    }
    if (resumed.type === 'exchange') this.#exchange(view, trie, resumed.trie, between);
    return resumed.type;
  }

  #exchange(view: LiveView, own: HashTrie, theirs: HashTrie, between: () => void): void {
    const { exchanges } = this.#server;
    const asker = createAsker(own);
    const dropped = new Set<string>();
    let { nodes } = exchanges.open(this.#session, 1, view, theirs, this.rows.size);
    for (;;) {
      const turn = asker.receive(nodes);
      if (!turn.ok) throw new Error(turn.error.reason);
      for (const key of turn.value.drop) dropped.add(key);
      this.#spoken.clear();
      between();
      // A push that speaks of a row overtakes what was found of it before.
      for (const key of this.#spoken) dropped.delete(key);
      const answer = exchanges.receive(this.#session, 1, turn.value.reply, THROUGH);
      if (answer === null || answer === 'all' || answer.type === 'exchange-failed') throw new Error('it went wrong');
      nodes = answer.nodes;
      if (answer.type === 'view-level') continue;
      const last = asker.receive(nodes);
      if (!last.ok) throw new Error(last.error.reason);
      for (const key of [...last.value.drop, ...dropped]) this.rows.delete(key);
      this.take(answer.changes);
      if (answer.through !== THROUGH) throw new Error('it ended with another position');
      return;
    }
  }
}
