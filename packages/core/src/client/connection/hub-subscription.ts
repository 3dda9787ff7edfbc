import { encodeDigest } from '../../merkle/index.js';
import type { HelloSub } from '../../protocol/index.js';
import { isWholeMap, type Query } from '../../query/index.js';
import type { SubscriptionKey } from '../ports/tab-events.js';
import type { OfferedRows } from './offered-rows.js';
import type { Offering } from './offers.js';
import type { WireSubscription } from './subscription.js';

/** One subscription of all tabs that have it, over all connections. Holds no records. */
export interface HubSubscription {
  readonly key: SubscriptionKey;
  readonly asks: { readonly map: string; readonly query: Query };
  /** Where its rows are kept here, and which of those there are its own; `null`: that cannot be told from them alone. */
  readonly map: string;
  readonly query: Query | null;
  readonly tabs: Set<string>;
  /** CR-10: what is held of it is complete up to here, by the positions of the ledger last spoken to; 0: not known. */
  heldThrough: number;
  /** `null` before it has been asked for on this connection. */
  wire: WireSubscription | null;
  /** What is held here was of no use: all rows are asked for next time. */
  wantsAll: boolean;
  cancelLinger: (() => void) | null;
  /** RU-6: of no view: what is stored is asked about once. Called with whether there was an answer. */
  readonly checked?: { readonly keys: readonly string[]; readonly done: (isAnswered: boolean) => void };
}

export const newSubscription = (
  parts: Pick<HubSubscription, 'key' | 'asks' | 'map' | 'query' | 'checked'>,
): HubSubscription => ({
  ...parts,
  tabs: new Set(),
  heldThrough: 0,
  wire: null,
  wantsAll: false,
  cancelLinger: null,
});

export const offeringOf = ({ key, asks, map, query }: HubSubscription): Offering => ({
  key,
  map,
  query: query ?? asks.query,
});

/** The wire's words for it: as number `sub`, with the digest of the rows that are offered. */
export function wordsFor(
  { asks: { map, query }, heldThrough }: HubSubscription,
  sub: number,
  offered: OfferedRows | null,
): HelloSub {
  // Who has told its digest is not sent rows that merely merge with what it holds.
  const held =
    offered !== null ? { have: encodeDigest(offered.trie.digest()) } : heldThrough > 0 ? { through: heldThrough } : {};
  return { sub, map, ...(isWholeMap(query) ? {} : { query }), ...held };
}
