import type { JsonValue } from '@topgun/core/primitives';

/** What a token says of its bearer: the claims of a verified JSON Web Token. */
export type Claims = { readonly [name: string]: JsonValue };

/** Who a session is, as the server has verified it. */
export interface Identity {
  /** The `sub` of the token; `null`: nobody in particular. */
  readonly principal: string | null;
  readonly claims: Claims;
  /** When it ends, in ms since 1970 of the server's clock; `null`: never. */
  readonly expiresAtMs: number | null;
}

/** Who shows no token, where none is required. */
export const ANONYMOUS: Identity = { principal: null, claims: {}, expiresAtMs: null };
