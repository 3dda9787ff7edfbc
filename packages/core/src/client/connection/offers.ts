import type { Query } from '../../query/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { SubscriptionKey } from '../ports/tab-events.js';
import { HeldRelated } from './held-related.js';
import { HeldRows } from './held-rows.js';
import type { OfferedRows } from './offered-rows.js';
import { basesNeeded, readBases, type Bases } from './picked-rows.js';

export interface Offers {
  /** Works on it beforehand: soon the subscription will be asked for. */
  prepare(subscription: Offering): void;
  /** Gives the rows that the device holds of the query, as they are in that moment; `null` when they cannot be had. */
  make(subscription: Offering, ready: (rows: OfferedRows | null) => void): void;
  /** The same rows at once, where they are made already; `undefined`: they are not. */
  ready(subscription: Offering): OfferedRows | null | undefined;
  /** Whoever waits for the rows of the subscription waits no longer. */
  cancel(key: SubscriptionKey): void;
  forget(key: SubscriptionKey): void;
  forgetAll(): void;
}

export interface Offering {
  readonly key: SubscriptionKey;
  readonly map: string;
  readonly query: Query;
}

/** The rows of one query, brought up to date in turns. */
interface UpdatedRows {
  readonly rows: OfferedRows;
  update(bases: Bases): Iterator<void> & Iterable<void>;
}

interface Offer {
  readonly held: UpdatedRows;
  /** Of which maps the bases are looked at. */
  readonly maps: readonly string[];
  /** That of the bases when the rows were last brought up to date; -1 before that. */
  revision: number;
  /** Counts what is begun: what is still under way of an earlier one comes to nothing. */
  era: number;
}

/** SY-2: the rows of each subscription that the client can offer to the server. They are hashed in turns, and only the changed ones again. */
export function createOffers(options: {
  readonly hash: Hash64;
  readonly local: LocalState;
  readonly environment: Pick<Environment, 'log'>;
}): Offers {
  const { hash, local, environment } = options;
  const offers = new Map<SubscriptionKey, Offer>();

  async function work(offering: Offering, ready: (rows: OfferedRows | null) => void): Promise<void> {
    const offer = offers.get(offering.key) ?? createOffer(hash, offering);
    offers.set(offering.key, offer);
    stop(offer);
    const { era, maps } = offer;
    const bases = await readBases(local, maps);
    if (offer.era !== era) return;
    if (bases === null) return ready(null);
    // As mostly when a connection was lost: what the device holds was hashed then, and nothing is confirmed without one.
    if (offer.revision === revisionOf(maps)) return ready(offer.held.rows);
    const steps = update(offer, bases, ready);
    // One turn at once, which is enough for most. For more, views come first.
    if (steps.next().done !== true) local.afterViews(steps);
  }

  function* update(offer: Offer, bases: Bases, ready: (rows: OfferedRows | null) => void): Generator<void> {
    const { era, maps, held } = offer;
    const begunAt = revisionOf(maps);
    try {
      for (const _ of held.update(bases)) {
        yield;
        if (offer.era !== era) return;
      }
      offer.revision = revisionOf(maps);
      // What has changed since the first turn: few rows, all others are only looked at.
      if (offer.revision !== begunAt) for (const _ of held.update(bases));
      ready(held.rows);
    } catch (error) {
      failed(error, ready);
    }
  }

  function revisionOf(maps: readonly string[]): number {
    return maps.reduce((sum, map) => sum + local.baseRevision(map), 0);
  }

  function start(subscription: Offering, ready: (rows: OfferedRows | null) => void): void {
    // SE-41: which rows a search finds is not known here. They are few, and all of them are sent.
    if (subscription.query.search !== undefined) return ready(null);
    work(subscription, ready).catch((error: unknown) => failed(error, ready));
  }

  function failed(error: unknown, ready: (rows: OfferedRows | null) => void): void {
    environment.log('error', 'hashing the rows of a subscription failed', error);
    ready(null);
  }

  function stop(offer: Offer | undefined): void {
    if (offer !== undefined) offer.era += 1;
  }

  return {
    prepare: (subscription) => start(subscription, () => {}),
    make: start,
    ready({ key, query }) {
      if (query.search !== undefined) return null;
      const offer = offers.get(key);
      return offer !== undefined && offer.revision === revisionOf(offer.maps) ? offer.held.rows : undefined;
    },
    cancel: (key) => stop(offers.get(key)),
    forget(key) {
      stop(offers.get(key));
      offers.delete(key);
    },
    forgetAll() {
      for (const offer of offers.values()) stop(offer);
      offers.clear();
    },
  };
}

function createOffer(hash: Hash64, { map, query }: Offering): Offer {
  const waiting = { revision: -1, era: 0 };
  const maps = [...basesNeeded(map, query)];
  if (query.within !== undefined) return { ...waiting, held: new HeldRelated(hash, map, query), maps };
  const held = new HeldRows(hash, query);
  return { ...waiting, held: { rows: held.rows, update: (bases) => held.update(bases(map)) }, maps };
}
