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
  /** Bytes of one record's wire form in UTF-8. */
  recordBytes: count,
  /** Rows of a subscription without a limit. */
  wholeMapRows: count,
  /** CL-5: undecided ops per replica. */
  windowOps: count,
});

export type Limits = Immutable<z.infer<typeof limitsSchema>>;

export const DEFAULT_LIMITS: Limits = {
  messageBytes: 1_048_576,
  keyBytes: MAX_KEY_BYTES,
  recordBytes: 1_048_576,
  wholeMapRows: 10_000,
  windowOps: 512,
};
