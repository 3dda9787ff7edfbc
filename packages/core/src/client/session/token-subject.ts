import type { Claims } from '../../rules/index.js';
import { decodeBase64url, isPlainObject } from '../../primitives/index.js';

/**
 * CL-10: whom a token is for, read from a JSON Web Token's `sub` *without verifying it*: it only names the local database, and
 * the server verifies. `null` for a token of another kind.
 */
export function tokenSubject(token: string): string | null {
  const subject = tokenClaims(token)?.['sub'];
  return typeof subject === 'string' && subject !== '' ? subject : null;
}

/** What a JSON Web Token claims, not verified; `null` for a token of another kind. */
export function tokenClaims(token: string): Claims | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  const bytes = decodeBase64url(payload);
  if (!bytes.ok) return null;
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes.value));
    return isPlainObject(claims) ? (claims as Claims) : null;
  } catch {
    return null;
  }
}
