import * as z from 'zod/mini';
import { REPLICA_PATTERN } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { once } from '../primitives/once.js';
import { PARTITION_COUNT } from '../primitives/partition.js';

/** A whole number from 0: sequences, positions, sizes. */
export const count = once(() => z.int().check(z.gte(0)));

/** A whole number from 1: the sequence of an op that was issued. */
export const sequence = once(() => z.int().check(z.gte(1)));

/** Milliseconds since 1970, of a clock that may be far off. */
export const millis = once(() => z.number());

export const partition = once(() => z.int().check(z.gte(0), z.lte(PARTITION_COUNT - 1)));

/** Text for people and logs. */
export const reason = once(() => z.string().check(z.maxLength(4096)));

export const replicaId = once(
  () => z.string().check(z.regex(REPLICA_PATTERN)) as unknown as z.ZodMiniType<ReplicaId, string>,
);

/** A replica and the highest sequence it has issued, or the server has decided. */
export const replicaSeq = once(() => z.tuple([replicaId(), count()]));

/** SY-2: the same, and the highest sequence the client knows to have been accepted, as long as it keeps that op. */
export const introduction = once(() => z.union([replicaSeq(), z.tuple([replicaId(), count(), count()])]));
