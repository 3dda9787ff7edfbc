import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { Sent } from './immutable.js';
import type { RowChange } from './row-change.js';
import { count } from './scalars.js';
import { wireRecordSchema } from './wire-record-schema.js';

/** Base64url of one message of an exchange, which the merkle folder reads and writes. */
const exchangeBytes = once(() => z.string());

const wireDigest = once(() => z.tuple([count(), z.string()]));

export const subscribeSchema = once(() =>
  z.object({
    type: z.literal('subscribe'),
    /** Names the subscription within the connection; the client chooses it and does not use it again. */
    sub: count(),
    map: z.string(),
    /** The canonical query; absent: the whole map. The receiver judges it with `validateQuery`; here it is anything. */
    query: z.exactOptional(z.unknown()),
    /** SY-2: the digest of the confirmed rows that the client holds of this query. Absent: none, or it wants all rows. */
    have: z.exactOptional(wireDigest()),
    /** CR-10: the position up to which what the client holds of it is complete. Absent: that is not known, or does not matter with `have`. */
    through: z.exactOptional(count()),
  }),
);

export const unsubscribeSchema = once(() => z.object({ type: z.literal('unsubscribe'), sub: count() }));

/** SY-2: the first answer to a subscription whose digest is the server's too: the client's rows are its rows. */
export const sameSchema = once(() =>
  z.object({
    type: z.literal('same'),
    sub: count(),
    /** As in `rows`; absent: the position of `welcome`. */
    through: z.exactOptional(count()),
    full: z.exactOptional(z.literal(true)),
  }),
);

/** SY-2: a turn of the server in finding the rows that differ. */
export const levelSchema = once(() =>
  z.object({
    type: z.literal('level'),
    sub: count(),
    /** As in `rows`. */
    n: count(),
    nodes: exchangeBytes(),
  }),
);

/** SY-2: the client's turn, after `level`. */
export const turnSchema = once(() => z.object({ type: z.literal('turn'), sub: count(), nodes: exchangeBytes() }));

export const rowChangeSchema = once(() =>
  z.union([
    z.tuple([z.enum(['enter', 'update', 'out']), z.string(), wireRecordSchema()]),
    z.tuple([z.literal('gone'), z.string()]),
  ]),
);

const rowsWith = <Change extends z.ZodMiniType>(change: Change) =>
  z.object({
    type: z.literal('rows'),
    sub: count(),
    /** Dense per subscription from 0, over `same`, `level`, `rows` and `push` alike: a gap shows that something was missed. */
    n: count(),
    /** The ledger position up to which the subscription is complete. */
    through: count(),
    changes: z.array(change),
    /** The first answer ends here. */
    done: z.boolean(),
    /** On `done`: the server's window (limit and slack) is full, so it may hold back further rows. */
    full: z.boolean(),
    /**
     * CR-10: removals have been forgotten that the client may have missed. The rows take the place of what it holds of them, where
     * otherwise they are merged with it.
     */
    anew: z.exactOptional(z.literal(true)),
    /**
     * SY-2: these are changes of the rows whose digest the client gave. `enter` brings a row in the place of what is held of it.
     * Absent: these are all rows.
     */
    kept: z.exactOptional(z.literal(true)),
    /** On the first message of an answer that is cut into several: how many changes all of them bring. */
    total: z.exactOptional(count()),
    /** The server's last turn in an exchange, where there is something left to say. */
    nodes: z.exactOptional(exchangeBytes()),
  });

const pushWith = <Change extends z.ZodMiniType>(change: Change) =>
  z.object({
    type: z.literal('push'),
    through: count(),
    /** May be empty: then it only says `through`. */
    subs: z.array(z.object({ sub: count(), n: count(), changes: z.array(change), full: z.boolean() })),
  });

const unreadChange = once(() => z.unknown() as unknown as z.ZodMiniType<RowChange, unknown>);

export const rowsSchema = once(() => rowsWith(rowChangeSchema()));
export const pushSchema = once(() => pushWith(rowChangeSchema()));

/** {@link rowsSchema} and {@link pushSchema} without a look at the changes. */
export const rowsEnvelope = once(() => rowsWith(unreadChange()));
export const pushEnvelope = once(() => pushWith(unreadChange()));

export type SubscribeMessage = Sent<typeof subscribeSchema>;
export type SameMessage = Sent<typeof sameSchema>;
export type LevelMessage = Sent<typeof levelSchema>;
export type TurnMessage = Sent<typeof turnSchema>;
export type UnsubscribeMessage = Sent<typeof unsubscribeSchema>;
export type RowsMessage = Sent<typeof rowsEnvelope>;
export type PushMessage = Sent<typeof pushEnvelope>;
export type PushedSub = PushMessage['subs'][number];
