import { expect, it } from 'vitest';

import { deriveKeys, SECRET_BYTES } from './database-keys.js';
import { seal, toBytes, unseal } from './sealing.js';

const secretOf = (byte: number) => new Uint8Array(SECRET_BYTES).fill(byte);

it('EN-2: one secret gives the same keys, another others, each for its purpose, and none comes out again', async () => {
  const [keys, again, others] = await Promise.all([1, 1, 2].map((byte) => deriveKeys(secretOf(byte))));
  if (keys === undefined || again === undefined || others === undefined) throw new Error('not derived');
  const sealed = await seal(keys.values, toBytes('text'), 'place');
  expect(await unseal(again.values, sealed, 'place')).toEqual(toBytes('text'));
  for (const key of [keys.names, others.values, others.names]) expect(await unseal(key, sealed, 'place')).toBe(null);
  for (const key of Object.values(keys) as CryptoKey[]) {
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toBeInstanceOf(DOMException);
  }
});
