import { StartError } from './start-error.js';

/**
 * How clients prove who they are: by a JSON Web Token that is verified with exactly one of `secret`, `publicKey` and `jwksUrl`.
 * Its `sub` is the principal.
 */
export interface AuthOptions {
  /** A secret shared with whoever signs the tokens (HS256, HS384, HS512): 32 bytes or more. There is no default. */
  readonly secret?: string;
  /** The signer's public key: PEM (`PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE`). */
  readonly publicKey?: string;
  /** Where the signer's current public keys are: `https:`, or `http:` on this machine. */
  readonly jwksUrl?: string;
  /** What `iss` has to be, or one of what it may be. */
  readonly issuer?: string | readonly string[];
  /** What `aud` has to hold, or one of these. */
  readonly audience?: string | readonly string[];
  /** Whether there is no connection without a token. Default: true. */
  readonly required?: boolean;
  /** How far the signer's clock may be off, in seconds. Default: 5. */
  readonly clockToleranceS?: number;
}

/** What a token is verified with. */
export type AuthKey =
  | { readonly type: 'secret'; readonly secret: Uint8Array }
  | { readonly type: 'public-key'; readonly pem: string }
  | { readonly type: 'jwks'; readonly url: URL };

/** The same, judged: it can be used as it is. */
export interface AuthConfig {
  readonly key: AuthKey;
  readonly issuer: readonly string[] | undefined;
  readonly audience: readonly string[] | undefined;
  readonly required: boolean;
  readonly clockToleranceS: number;
}

/** RFC 7518: a key as long as the digest of HS256, at least. */
const SECRET_BYTES = 32;
const MAX_TOLERANCE_S = 600;

/** Throws a `StartError` for what could not work, or would let in whom it should not. */
export function toAuthConfig(options: AuthOptions): AuthConfig {
  const { clockToleranceS = 5, required = true } = options;
  if (!Number.isFinite(clockToleranceS) || clockToleranceS < 0 || clockToleranceS > MAX_TOLERANCE_S) {
    throw refused(`auth.clockToleranceS is a number of seconds from 0 to ${MAX_TOLERANCE_S}, not ${clockToleranceS}.`);
  }
  return {
    key: keyOf(options),
    issuer: listed('issuer', options.issuer),
    audience: listed('audience', options.audience),
    required,
    clockToleranceS,
  };
}

function keyOf({ secret, publicKey, jwksUrl }: AuthOptions): AuthKey {
  const given = [secret, publicKey, jwksUrl].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw refused(`auth takes exactly one of secret, publicKey and jwksUrl; ${given.length} were given.`);
  }
  if (secret !== undefined) {
    const bytes = new TextEncoder().encode(secret);
    if (bytes.length >= SECRET_BYTES) return { type: 'secret', secret: bytes };
    throw refused(`auth.secret has ${bytes.length} bytes; one of fewer than ${SECRET_BYTES} can be guessed.`);
  }
  return publicKey === undefined ? { type: 'jwks', url: jwksUrlOf(jwksUrl!) } : publicKeyOf(publicKey);
}

function publicKeyOf(pem: string): AuthKey {
  if (pem.includes('PRIVATE KEY')) {
    throw refused(
      'auth.publicKey is a private key; keep it where tokens are signed, and give this server the public one.',
    );
  }
  return { type: 'public-key', pem };
}

/** Keys that come over a network unprotected are those of whoever is on it. */
function jwksUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw refused(`auth.jwksUrl is no URL: ${text}.`);
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isOwnMachine)) return url;
  throw refused(`auth.jwksUrl is ${text}; keys are fetched over https only.`);
}

function listed(name: string, value: string | readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === 'string' ? [value] : value;
  // An empty one would be taken for no demand at all.
  if (list.length === 0 || list.includes('')) throw refused(`auth.${name} is empty; leave it out to accept any.`);
  return list;
}

const refused = (message: string): StartError => new StartError('auth', message);
