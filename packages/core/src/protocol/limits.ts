import * as z from 'zod/mini';
import { MAX_KEY_BYTES } from '../primitives/names.js';
import { count } from './scalars.js';
import type { Immutable } from './immutable.js';

/** What the server accepts; it says so in `welcome`, so that the client can refuse at the call. */
export const limitsSchema = z.object({
  /** Bytes of one message. */
  messageBytes: count,
  /** Bytes of one key in UTF-8. */
  keyBytes: count,
  /** Bytes of one record in UTF-8: its field names and the wire form of its values. */
  recordBytes: count,
  /** Rows of a subscription without a limit. */
  wholeMapRows: count,
  /** CL-5: undecided ops per replica. */
  windowOps: count,
});

export type Limits = Immutable<z.infer<typeof limitsSchema>>;

export const DEFAULT_LIMITS: Limits = {
  // Twice a record: the largest one fits into a message with its stamps and escapes.
  messageBytes: 2_097_152,
  keyBytes: MAX_KEY_BYTES,
  recordBytes: 1_048_576,
  wholeMapRows: 10_000,
  windowOps: 512,
};
