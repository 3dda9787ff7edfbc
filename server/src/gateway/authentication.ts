import { canonicalText, err, ok, type Result } from '@topgun/core/primitives';
import { ANONYMOUS, type Claims, type Identity } from '../ports/identity.js';
import type { TokenFault, TokenVerifier } from '../ports/token-verifier.js';

/** How this server finds out who connects. */
export interface Authentication {
  readonly verifier: TokenVerifier;
  /** Nobody is let in without a token. */
  readonly required: boolean;
}

/** A token is a few kilobytes at most; more is not worth the work of a signature. */
export const MAX_TOKEN_LENGTH = 16_384;

/** Who shows this token. A wrong one is refused also where none is needed: who believes to be signed in is not to be nobody. */
export async function identify(
  token: string | undefined,
  { verifier, required }: Authentication,
): Promise<Result<Identity, TokenFault>> {
  if (token === undefined) return required ? refused('This server takes nobody without a token.') : ok(ANONYMOUS);
  if (token.length > MAX_TOKEN_LENGTH) return refused(`A token has at most ${MAX_TOKEN_LENGTH} characters.`);
  return verifier.verify(token);
}

/** What becomes of a connection whose client has shown another token. */
export type Renewal =
  | { readonly type: 'goes-on'; readonly expiresAtMs: number | null }
  | { readonly type: 'ends'; readonly reason: string };

/**
 * A connection is one principal's, under the claims that it began with: rows were picked by them. A token that says anything else
 * ends it, and the next one begins anew. Pure.
 */
export function renew(present: Identity, next: Identity): Renewal {
  if (next.principal !== present.principal) {
    return { type: 'ends', reason: 'The token is for another principal than this connection.' };
  }
  if (grants(next.claims) !== grants(present.claims)) {
    return { type: 'ends', reason: 'What the token grants has changed.' };
  }
  return { type: 'goes-on', expiresAtMs: next.expiresAtMs };
}

/** Claims that are of one token, and grant nothing. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti']);

const grants = (claims: Claims): string =>
  canonicalText(Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name))));

const refused = (reason: string): Result<never, TokenFault> => err({ code: 'needs-auth', reason });
