import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import { errorCode } from './codes.js';
import type { Sent } from './immutable.js';
import { differingLimits } from './limits.js';
import { count, millis, reason, replicaSeq } from './scalars.js';

/** The first message of a server that took the hello, in the protocol of which it goes on. It says no more than the client needs to be told. */
export const welcomeSchema = once(() =>
  z.object({
    type: z.literal('welcome'),
    /** Names the ledger's history: another lineage means another history. Absent: the one of the hello. */
    lineage: z.exactOptional(z.string()),
    position: count(),
    serverTime: millis(),
    /** For replicas of the hello, the highest sequence decided (CR-2, PI-11), where it is not the one that the hello gave. Absent: nowhere. */
    decided: z.exactOptional(z.array(replicaSeq())),
    /** SY-2: of a ledger that is not the one that the client knows: of what it has decided of a replica earlier ops may be missing. */
    gaps: z.exactOptional(z.literal(true)),
    /** PT-10: the subscriptions of the hello are taken as if they were asked for right after it. */
    subscribed: z.exactOptional(z.literal(true)),
    limits: z.exactOptional(differingLimits()),
  }),
);

/** Another token of the same client, on a connection that stands: before the one it began with runs out, or when the app has a new one. */
export const tokenSchema = once(() => z.object({ type: z.literal('token'), token: z.string() }));

/** Heartbeat. `at` is the client's and comes back as it was. */
export const pingSchema = once(() => z.object({ type: z.literal('ping'), at: millis() }));

export const pongSchema = once(() =>
  z.object({ type: z.literal('pong'), at: millis(), serverTime: millis(), through: count() }),
);

/** After a fatal one the server closes the connection. */
export const errorSchema = once(() =>
  z.object({
    type: z.literal('error'),
    code: errorCode(),
    reason: reason(),
    about: z.exactOptional(z.object({ sub: z.exactOptional(count()) })),
    /** AB-3: when asking again is right. */
    retryAfterMs: z.exactOptional(count()),
    fatal: z.boolean(),
  }),
);

export type WelcomeMessage = Sent<typeof welcomeSchema>;
export type TokenMessage = Sent<typeof tokenSchema>;
export type PingMessage = Sent<typeof pingSchema>;
export type PongMessage = Sent<typeof pongSchema>;
export type ErrorMessage = Sent<typeof errorSchema>;
