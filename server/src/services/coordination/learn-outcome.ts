import type { Ledger } from '../../ports/ledger.js';

/** What the ledger says of an append whose outcome was unknown. */
export type LearntOutcome =
  | { readonly type: 'committed'; readonly position: number }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'fenced' };

/**
 * PI-2: looks for an append of this claim among the segments after `position`, where it must be if it was written.
 * Throws what reading throws: then nothing is known yet.
 */
export async function learnOutcome(
  ledger: Ledger,
  position: number,
  epoch: number,
  appended: Uint8Array,
): Promise<LearntOutcome> {
  for await (const chunk of ledger.read(position)) {
    for (const segment of chunk) {
      if (segment.epoch !== epoch) return { type: 'fenced' };
      if (segment.position === position + 1 && sameBytes(segment.bytes, appended)) {
        return { type: 'committed', position: segment.position };
      }
      throw new Error(`the ledger holds a segment ${segment.position} of this claim that this server did not write`);
    }
  }
  return { type: 'failed', reason: 'the ledger does not hold it' };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
