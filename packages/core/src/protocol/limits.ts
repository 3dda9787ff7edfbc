import * as z from 'zod/mini';
import { MAX_KEY_BYTES } from '../primitives/names.js';
import { once } from '../primitives/once.js';
import { count } from './scalars.js';
import type { Sent } from './immutable.js';

/** What the server accepts; it says so in `welcome`, where it is not the default, so that the client can refuse at the call. */
export const limitsSchema = once(() =>
  z.object({
    /** Bytes of one message. */
    messageBytes: count(),
    /** Bytes of one key in UTF-8. */
    keyBytes: count(),
    /** Bytes of one record in UTF-8: its field names and the wire form of its values. */
    recordBytes: count(),
    /** Rows of a subscription without a limit. */
    wholeMapRows: count(),
    /** CL-5: undecided ops per replica. */
    windowOps: count(),
  }),
);

/** In `welcome`: those that are not the default ones. */
export const differingLimits = once(() => z.partial(limitsSchema()));

export type Limits = Sent<typeof limitsSchema>;

/** Part of the protocol: both sides know them. */
export const DEFAULT_LIMITS: Limits = {
  // Twice a record: the largest one fits into a message with its stamps and escapes.
  messageBytes: 2_097_152,
  keyBytes: MAX_KEY_BYTES,
  recordBytes: 1_048_576,
  wholeMapRows: 10_000,
  // Half as many as a server keeps refusals of one replica (PI-11): what is sent again finds its verdict.
  windowOps: 1_024,
};

/** What has to be told of these limits; `undefined`: nothing. */
export function toldLimits(limits: Limits): Partial<Limits> | undefined {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
  const told = names
    .filter((name) => limits[name] !== DEFAULT_LIMITS[name])
    .map((name) => [name, limits[name]] as const);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** What limits a welcome means. */
export const limitsOf = (told: { readonly [Name in keyof Limits]?: number | undefined } | undefined): Limits => ({
  ...DEFAULT_LIMITS,
  ...(told as Partial<Limits> | undefined),
});
