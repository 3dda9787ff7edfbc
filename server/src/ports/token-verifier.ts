import type { Result } from '@topgun/core/primitives';
import type { Identity } from './identity.js';

/** Says whom a token is for, after it has made sure that it is genuine, meant for this server and of today. Never throws. */
export interface TokenVerifier {
  verify(token: string): Promise<Result<VerifiedToken, TokenFault>>;
}

export interface VerifiedToken extends Identity {
  readonly principal: string;
}

export interface TokenFault {
  /** `auth-unavailable`: the token may be right, but the keys to tell by cannot be had now. */
  readonly code: 'needs-auth' | 'auth-unavailable';
  /** For whoever holds the token: a sentence that tells nothing of the key. */
  readonly reason: string;
}
