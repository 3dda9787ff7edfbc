import { err, ok, type Result } from '@topgun/core/primitives';

import type { Ledger } from '../../ports/ledger.js';
import { decodeSegment, type SegmentError } from './segment-codec.js';
import type { Segment } from './segment.js';

/** Why the log cannot be replayed: it is not what this program wrote. `position` is the first that is wrong. */
export type ReplayError =
  /** A position is missing or comes twice. */
  | { readonly code: 'gap'; readonly position: number; readonly reason: string }
  /** An older owner's segment follows a newer one's. */
  | { readonly code: 'epoch-regression'; readonly position: number; readonly reason: string }
  /** The segment is of another history. */
  | { readonly code: 'foreign-lineage'; readonly position: number; readonly reason: string }
  | { readonly code: SegmentError['code']; readonly position: number; readonly reason: string };

export interface ReplayedSegment extends Segment {
  readonly position: number;
  readonly epoch: number;
  /** Of the segment as it was read. */
  readonly bytes: number;
}

/** SY-2: the name of the history after this segment. */
export const lineageAfter = ({ lineage, entries }: Segment): string =>
  entries.find((entry) => entry.lineage !== undefined)?.lineage ?? lineage;

/**
 * The segments after `after`, decoded and in order, one result each. A failure is the last that comes: what was handed
 * out before it is sound, nothing after it is looked at. `lineage`: the name of the history by then; a segment may change it (SY-2).
 */
export async function* replay(
  ledger: Ledger,
  after: number,
  lineage: string,
): AsyncGenerator<Result<ReplayedSegment, ReplayError>> {
  let current = lineage;
  let lastPosition = after;
  let lastEpoch = 0;
  for await (const chunk of ledger.read(after)) {
    for (const { position, epoch, bytes } of chunk) {
      if (position !== lastPosition + 1) {
        yield err({ code: 'gap', position, reason: `segment ${position} follows segment ${lastPosition}` });
        return;
      }
      if (epoch < lastEpoch) {
        yield err({
          code: 'epoch-regression',
          position,
          reason: `segment ${position} was written under epoch ${epoch}, after ${lastEpoch}`,
        });
        return;
      }
      const decoded = decodeSegment(bytes, position);
      if (!decoded.ok) {
        yield err({ code: decoded.error.code, position, reason: `segment ${position}: ${decoded.error.reason}` });
        return;
      }
      if (decoded.value.lineage !== current) {
        yield err({
          code: 'foreign-lineage',
          position,
          reason: `segment ${position} belongs to another ledger (${decoded.value.lineage})`,
        });
        return;
      }
      yield ok({ ...decoded.value, position, epoch, bytes: bytes.length });
      current = lineageAfter(decoded.value);
      lastPosition = position;
      lastEpoch = epoch;
    }
  }
}
