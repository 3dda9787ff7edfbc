import * as z from 'zod/mini';
import { MAX_MILLIS, STAMP_PATTERN } from '../clock/stamp.js';
import { once } from '../primitives/once.js';

const stamp = once(() => z.string().check(z.regex(STAMP_PATTERN)));
const stampOrNone = once(() => z.union([z.literal(''), stamp()]));

const recordParts = once(
  () =>
    [
      stampOrNone(),
      z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
      stampOrNone(),
      z.array(z.union([z.tuple([z.string(), stampOrNone()]), z.tuple([z.string(), stampOrNone(), z.unknown()])])),
    ] as const,
);
const expiry = once(() => z.tuple([stampOrNone(), z.union([z.null(), z.int().check(z.gte(0), z.lte(MAX_MILLIS))])]));

/** The form of a record, for the frozen hash; messages are read with `checkWireRecord` of the crdt folder. */
export const wireRecordSchema = once(() => z.union([z.tuple(recordParts()), z.tuple([...recordParts(), expiry()])]));
