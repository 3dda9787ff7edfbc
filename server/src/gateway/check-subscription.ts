import { decodeDigest, type Digest } from '@topgun/core/merkle';
import { err, isMapName, ok, type Result } from '@topgun/core/primitives';
import type { ErrorCode, SubscribeMessage } from '@topgun/core/protocol';
import { describeQueryError, validateQuery, WHOLE_MAP, type Query } from '@topgun/core/query';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import type { GatewayLimits } from './gateway-limits.js';

/** What a client asks for, as far as that can be told without looking at data. */
export interface CheckedSubscription {
  readonly sub: number;
  readonly map: string;
  readonly query: Query;
  /** SY-2: the rows that the client holds. */
  readonly have: Digest | null;
  readonly heldThrough?: number;
}

export interface SubscriptionRefusal {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What the connection holds without it. */
export interface Held {
  readonly subscriptions: number;
  readonly queryBytes: number;
}

/** Whether a connection may ask for this. Pure. `bytes`: the size of the message. */
export function checkSubscription(
  { sub, map, query = WHOLE_MAP, have, through }: SubscribeMessage,
  bytes: number,
  held: Held,
  { queryBytes, subscriptions }: Pick<GatewayLimits, 'queryBytes' | 'subscriptions'>,
): Result<CheckedSubscription, SubscriptionRefusal> {
  if (isSystemMap(map)) return refused('map-name', `The map ${map} is the server's own.`);
  if (!isMapName(map)) return refused('map-name', 'A map name is 1 to 128 of A–Z a–z 0–9 _ - . : /');
  if (held.subscriptions >= subscriptions) {
    return refused('overloaded', `One connection holds at most ${subscriptions} subscriptions.`);
  }
  if (held.queryBytes + bytes > queryBytes) {
    return refused('overloaded', `The queries of one connection have at most ${queryBytes} bytes.`);
  }
  const valid = validateQuery(query);
  if (!valid.ok) return refused('bad-query', describeQueryError(valid.error));
  if (isWithinSystemMap(valid.value)) {
    return refused('map-name', "The query speaks of a map that is the server's own.");
  }
  const digest = have === undefined ? null : decodeDigest(have);
  return ok({ sub, map, query: valid.value, have: digest, ...(through === undefined ? {} : { heldThrough: through }) });
}

/** QU-45: rows of a map tell of those that they are related to. */
const isWithinSystemMap = ({ within }: Query): boolean =>
  within !== undefined && (isSystemMap(within.map) || isWithinSystemMap(within.query));

const refused = (code: ErrorCode, reason: string): Result<never, SubscriptionRefusal> => err({ code, reason });
