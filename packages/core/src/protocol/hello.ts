import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { Sent } from './immutable.js';
import { count, introduction } from './scalars.js';
import { subscribeSchema } from './subscription.js';

/** The version this code speaks. It goes up by one whenever the frozen hash changes after a release. */
export const PROTOCOL_VERSION = 1;

/** A server talks to clients of this version and of the one before it (none yet). */
export const SUPPORTED_PROTOCOLS: readonly number[] = [PROTOCOL_VERSION];

/** SY-2: a hello asks for as many subscriptions at most; more are asked for after `welcome`. */
export const MAX_HELLO_SUBS = 64;

/** The connection request; travels as the `auth` payload of Socket.IO. */
export const helloSchema = once(() =>
  z.object({
    protocol: count(),
    /** The replicas this session speaks for, each with the highest sequence it has issued, and the highest it knows to have been accepted. */
    replicas: z.array(introduction()),
    /** The ledger the client's confirmed rows came from; `null` when it has none. */
    lineage: z.nullable(z.string()),
    token: z.exactOptional(z.string()),
    /** What the client would ask for when it is welcomed: each a `subscribe` without its type. `welcome` says whether they were taken for that. */
    subs: z.exactOptional(z.array(z.omit(subscribeSchema(), { type: true })).check(z.maxLength(MAX_HELLO_SUBS))),
  }),
);

export type Hello = Sent<typeof helloSchema>;
export type HelloSub = NonNullable<Hello['subs']>[number];
