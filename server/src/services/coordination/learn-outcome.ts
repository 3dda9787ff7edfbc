import type { LedgerOwnership } from './ledger-ownership.js';

/** What the ledger says of an append whose outcome was unknown. */
export type LearntOutcome =
  | { readonly type: 'committed'; readonly position: number }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'fenced' };

/**
 * PI-2: moves on to the next epoch, so that what was appended under the one before is in the ledger by then or never will be,
 * and looks for it among the segments after `position`, where it must be if it was written. Throws what the ledger throws: then
 * nothing is known yet.
 */
export async function learnOutcome(
  ownership: LedgerOwnership,
  position: number,
  epoch: number,
  appended: Uint8Array,
): Promise<LearntOutcome> {
  const renewed = await ownership.ledger.renew();
  if (renewed === null) return { type: 'fenced' };
  ownership.epoch = renewed;
  for await (const chunk of ownership.ledger.read(position)) {
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
