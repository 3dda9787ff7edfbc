import { createPublicKey, type KeyObject } from 'node:crypto';
import { err, ok, type JsonValue, type Result } from '@topgun/core/primitives';
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { AuthConfig, AuthKey } from '../auth-options.js';
import type { Clock } from '../ports/environment.js';
import type { TokenFault, TokenVerifier, VerifiedToken } from '../ports/token-verifier.js';
import { StartError } from '../start-error.js';

/** The only importer of jose. */

/** RFC 8725, 3.1: which algorithms there are is said by whoever set the key up, never by the token. */
const SHARED = ['HS256', 'HS384', 'HS512'];
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export interface JwksTimes {
  /** Keys of this age are fetched anew before they are used; a key that was taken back is trusted no longer than that. */
  readonly maxAgeMs: number;
  /** A token with a key that is not known has the keys fetched anew, unless they were within this time. */
  readonly cooldownMs: number;
  /** While they cannot be fetched, the last ones are used for so long. */
  readonly staleMs: number;
}

export const JWKS_TIMES: JwksTimes = { maxAgeMs: 600_000, cooldownMs: 5_000, staleMs: 86_400_000 };

/** Throws a `StartError` when the key is none. */
export function createJoseTokenVerifier(
  { key, issuer, audience, clockToleranceS }: AuthConfig,
  clock: Clock,
  times: JwksTimes = JWKS_TIMES,
): TokenVerifier {
  const resolve = keyResolver(key, clock, times);
  const options = {
    algorithms: key.type === 'secret' ? SHARED : PUBLIC,
    clockTolerance: clockToleranceS,
    requiredClaims: ['sub'],
    ...(issuer === undefined ? {} : { issuer: [...issuer] }),
    ...(audience === undefined ? {} : { audience: [...audience] }),
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, resolve, { ...options, currentDate: new Date(clock.now()) });
        const { sub, exp } = payload;
        if (typeof sub !== 'string' || sub === '') return refused('The token names nobody (sub).');
        const expiresAtMs = exp === undefined ? null : (exp + clockToleranceS) * 1000;
        return ok<VerifiedToken>({ principal: sub, claims: payload as Record<string, JsonValue>, expiresAtMs });
      } catch (error) {
        return err(faultOf(error));
      }
    },
  };
}

function keyResolver(key: AuthKey, clock: Clock, times: JwksTimes): JWTVerifyGetKey {
  if (key.type === 'secret') return () => key.secret;
  if (key.type === 'jwks') return jwksResolver(key.url, clock, times);
  const publicKey = publicKeyOf(key.pem);
  return () => publicKey;
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new StartError('auth', 'auth.publicKey is no public key in PEM form.', { cause });
  }
}

/** Whoever issues the keys may be out of reach for a while: who has signed in already is not to notice. */
function jwksResolver(url: URL, clock: Clock, { maxAgeMs, cooldownMs, staleMs }: JwksTimes): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: 5_000,
  });
  let fetchedAt = 0;
  return async (header, token) => {
    const wasFetchedJustNow = remote.coolingDown;
    try {
      const key = await remote(header, token);
      if (remote.coolingDown) fetchedAt = clock.now();
      return key;
    } catch (error) {
      // Whether there is such a key by now is found out when they are fetched next.
      if (error instanceof errors.JWKSNoMatchingKey && wasFetchedJustNow) throw new KeysUnavailable(error);
      if (isAboutKey(error)) throw error;
      const last = remote.jwks();
      if (last === undefined || clock.now() - fetchedAt > staleMs) throw new KeysUnavailable(error);
      try {
        return await createLocalJWKSet(last)(header, token);
      } catch {
        // It may be one of the keys that cannot be fetched.
        throw new KeysUnavailable(error);
      }
    }
  };
}

class KeysUnavailable extends Error {
  constructor(cause: unknown) {
    super('the keys could not be fetched', { cause });
  }
}

/** The keys are there, and what is wrong is wrong with the token. */
const isAboutKey = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

function faultOf(error: unknown): TokenFault {
  if (error instanceof KeysUnavailable) {
    return { code: 'auth-unavailable', reason: 'The keys that tokens are verified with cannot be fetched now.' };
  }
  return { code: 'needs-auth', reason: reasonOf(error) };
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' ? 'The token is not valid yet.' : `The token is not for this server (${error.claim}).`;
  }
  return 'The token is not one that this server trusts.';
}

const refused = (reason: string): Result<never, TokenFault> => err({ code: 'needs-auth', reason });
