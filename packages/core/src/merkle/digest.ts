import { decodeBase64url, encodeBase64url } from '../primitives/index.js';

/** What stands for a set of rows: how many there are, and the sum of their hashes, modulo 2^64. */
export interface Digest {
  readonly count: number;
  readonly sum: bigint;
}

export const EMPTY_DIGEST: Digest = { count: 0, sum: 0n };

/** The digest of rows that lie in two places, none in both. */
export const addDigests = (a: Digest, b: Digest): Digest => ({
  count: a.count + b.count,
  sum: BigInt.asUintN(64, a.sum + b.sum),
});

/** The digest with one row put in the place of another; `null`: none. */
export const exchangeRow = ({ count, sum }: Digest, before: bigint | null, after: bigint | null): Digest => ({
  count: count - (before === null ? 0 : 1) + (after === null ? 0 : 1),
  sum: BigInt.asUintN(64, sum - (before ?? 0n) + (after ?? 0n)),
});

export const sameDigest = (a: Digest, b: Digest): boolean => a.count === b.count && a.sum === b.sum;

/** On the wire: the count, and the sum as the base64url text of its 8 bytes. */
export type WireDigest = readonly [count: number, sum: string];

const SUM_BYTES = 8;

export function encodeDigest({ count, sum }: Digest): WireDigest {
  const bytes = new Uint8Array(SUM_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, sum);
  return [count, encodeBase64url(bytes)];
}

/** `null` when the text is not that of 8 bytes: such a digest equals none. */
export function decodeDigest([count, text]: WireDigest): Digest | null {
  const bytes = decodeBase64url(text);
  if (!bytes.ok || bytes.value.length !== SUM_BYTES) return null;
  return { count, sum: new DataView(bytes.value.buffer).getBigUint64(0) };
}
