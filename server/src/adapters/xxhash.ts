import xxhash from 'xxhash-wasm';
import type { Hash64 } from '@topgun/core/primitives';

/** Loads the WebAssembly module; once per thread is enough. */
export async function loadXxhash(): Promise<Hash64> {
  const { h64 } = await xxhash();
  return (text) => h64(text);
}
