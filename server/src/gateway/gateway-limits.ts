import { DEFAULT_LIMITS, type Limits } from '@topgun/core/protocol';

/** What one client may ask of the gateway; the first part is told to it in `welcome`, where it is not the default. */
export interface GatewayLimits extends Limits {
  /** Subscriptions of one connection. */
  readonly subscriptions: number;
  /** Bytes of all the queries one connection has subscribed to, as they came. */
  readonly queryBytes: number;
  /** Replicas one connection may speak for: the tabs of one browser. */
  readonly replicas: number;
  /** Messages not understood, one after another, until the connection is closed. */
  readonly malformedInARow: number;
  /** PT-9: bytes a client may leave unread, beside the rest of one first answer, until it is told no more of what changes. */
  readonly pushBytes: number;
  /** Bytes a client may leave unread, beside the rest of one first answer, until it is cut off. */
  readonly bufferedBytes: number;
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  ...DEFAULT_LIMITS,
  subscriptions: 1_000,
  queryBytes: 4 * 1024 * 1024,
  replicas: 256,
  malformedInARow: 20,
  pushBytes: 2 * 1024 * 1024,
  bufferedBytes: 16 * 1024 * 1024,
};
