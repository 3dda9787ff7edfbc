import type { Query, QueryError } from '@topgun/core/query';
import type { Identity } from '../../ports/identity.js';
import type { RowChange } from '@topgun/core/protocol';
import type {
  Committed,
  HostEvent,
  PartitionHost,
  SearchEvent,
  SessionId,
  ViewRefusal,
} from '../../ports/partition-host.js';
import { FeedRows, type FeedChange } from '../../services/query/feed-rows.js';
import type { CommittedPart } from '../../services/sync/joined-events.js';
import { FEED_SUB } from '../peer-commands.js';
import type { SearchStep } from './joint-search.js';

/** What somebody wants to have of the hosts. */
export interface FeedRequest {
  readonly map: string;
  readonly query: Query;
  /** Whose eyes it is seen with. */
  readonly identity: Identity | undefined;
  /** Those that can have rows of it. */
  readonly members: readonly number[];
  /** Every host has said what it has. */
  readonly onOpened: () => void;
  /** The hosts cannot have it open, or not any longer. It is closed. */
  readonly onEnded: (refusal: ViewRefusal) => void;
  /** At so many records was looked. */
  readonly onCost: (looked: number) => void;
  /** SE-70: hears what the hosts say of the search that the query has. */
  readonly onSearch?: (member: number, event: SearchEvent) => void;
}

/** PI-28: a query that is open in several hosts. */
export interface Feed {
  readonly rows: FeedRows;
  /** SE-70. */
  send(member: number, step: SearchStep): void;
  /** SE-71: takes what hosts have told apart from commits since this was asked last, one after the other. */
  settle(): readonly (readonly FeedChange[])[];
  close(): void;
}

interface OpenFeed extends FeedRequest {
  readonly session: SessionId;
  readonly rows: FeedRows;
  /** Those that have not answered yet. */
  readonly awaited: Set<number>;
  readonly settled: (readonly RowChange[])[];
}

/** Sessions of the gateway have ids without it. */
const FEED_SESSION = '\0feed ';

/** The feeds of a host that is made of several: each a session of its own in the hosts that it is fed by. */
export class Feeds {
  readonly #members: readonly PartitionHost[];
  readonly #feeds = new Map<SessionId, OpenFeed>();
  #opened = 0;

  constructor(members: readonly PartitionHost[]) {
    this.#members = members;
  }

  open(request: FeedRequest): Feed {
    this.#opened += 1;
    const session = `${FEED_SESSION}${this.#opened}`;
    const { identity, map, members, query } = request;
    const feed: OpenFeed = { ...request, session, rows: new FeedRows(), awaited: new Set(members), settled: [] };
    this.#feeds.set(session, feed);
    for (const member of members) {
      const host = this.#members[member]!;
      host.send({ type: 'announce', session, replicas: [], ...(identity === undefined ? {} : { identity }) });
      host.send({ type: 'open-view', session, sub: FEED_SUB, map, query });
    }
    return {
      rows: feed.rows,
      send: (member, step) => this.#members[member]!.send({ ...step, session }),
      settle: () => feed.settled.splice(0).map((changes) => feed.rows.apply(changes)),
      close: () => this.#close(feed),
    };
  }

  /** True: it was about a feed. */
  take(member: number, event: HostEvent): boolean {
    if (!('session' in event) || !event.session.startsWith(FEED_SESSION)) return false;
    const feed = this.#feeds.get(event.session);
    if (feed === undefined) return true;
    switch (event.type) {
      case 'view-opened':
        feed.rows.load(event.rows);
        if (feed.awaited.delete(member) && feed.awaited.size === 0) feed.onOpened();
        break;
      case 'view-refused':
        this.#end(feed, refusalOf(event.error));
        break;
      case 'view-cost':
        feed.onCost(event.looked);
        break;
      case 'session-error':
        this.#end(feed, { code: 'overloaded', message: event.reason });
        break;
      case 'search-changed':
      case 'search-shared':
      case 'search-ranked':
      case 'search-shown':
        feed.onSearch?.(member, event);
        break;
      default:
      // Nothing else is asked of the hosts in such a session.
    }
    return true;
  }

  /** What a commit has changed in feeds that are open, and ends those that the hosts have ended. */
  committed(parts: readonly CommittedPart[]): ReadonlyMap<FeedRows, readonly FeedChange[]> {
    const changed = new Map<FeedRows, FeedChange[]>();
    for (const { event } of parts) {
      for (const { subscribers, changes } of event.diffs) {
        for (const [session] of subscribers) {
          const feed = this.#feeds.get(session);
          if (feed === undefined) continue;
          const own = feed.rows.apply(changes);
          if (feed.awaited.size > 0) continue;
          const before = changed.get(feed.rows);
          if (before === undefined) changed.set(feed.rows, own);
          else before.push(...own);
        }
      }
    }
    for (const { event } of parts) {
      for (const { session, error } of event.outgrown) {
        const feed = this.#feeds.get(session);
        if (feed !== undefined) this.#end(feed, error);
      }
    }
    return changed;
  }

  /** SE-71: what a host tells apart from commits shows together with what the others tell: when the feed is settled. */
  hold({ diffs }: Committed): void {
    for (const { subscribers, changes } of diffs) {
      for (const [session] of subscribers) this.#feeds.get(session)?.settled.push(changes);
    }
  }

  #end(feed: OpenFeed, refusal: ViewRefusal): void {
    this.#close(feed);
    feed.onEnded(refusal);
  }

  #close({ members, session }: OpenFeed): void {
    if (!this.#feeds.delete(session)) return;
    for (const member of members) this.#members[member]!.send({ type: 'session-closed', session });
  }
}

const refusalOf = (error: QueryError | ViewRefusal): ViewRefusal =>
  'message' in error ? error : { code: 'bad-query', message: `The query cannot be answered (${error.code}).` };
