import xxhash from 'xxhash-wasm';

import type { Hash64 } from '../ports/environment.js';

let loading: Promise<Hash64> | undefined;

/** xxh64 with seed 0 (PI-5), compiled once per page. The only importer of xxhash-wasm. */
export function loadXxhash(): Promise<Hash64> {
  loading ??= xxhash().then(
    ({ h64 }) =>
      (text) =>
        h64(text),
  );
  return loading;
}
