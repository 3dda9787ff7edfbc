import { encodeBase64url, isPlainObject, ok, type JsonValue } from '../../../packages/core/src/primitives/index.js';
import { tokenClaims } from '../../../packages/core/src/client/session/token-subject.js';
import type { Identity } from '../../../server/src/ports/identity.js';
import type { TokenVerifier } from '../../../server/src/ports/token-verifier.js';

export const USERS = ['ann', 'bob'] as const;
export const ROLES = ['guest', 'staff'] as const;

/** Whose a device is, and what the user's token says of them at present. */
export interface Account {
  readonly user: (typeof USERS)[number];
  readonly role: (typeof ROLES)[number];
}

export function tokenOf({ user, role }: Account): string {
  const payload = new TextEncoder().encode(JSON.stringify({ sub: user, role }));
  return `header.${encodeBase64url(payload)}.signature`;
}

/** Signatures are for `jose-token-verifier.test.ts`: here whatever is shown is genuine. */
export const VERIFIER: TokenVerifier = {
  verify(token) {
    const claims = tokenClaims(token);
    if (!isPlainObject(claims) || typeof claims['sub'] !== 'string') throw new Error(`${token} is no token`);
    return Promise.resolve(ok({ principal: claims['sub'], claims, expiresAtMs: null }));
  },
};

/** The account that a connection was opened for. */
export function accountOf({ claims }: Identity): Account {
  return { user: pick(USERS, claims['sub']), role: pick(ROLES, claims['role']) };
}

function pick<T extends string>(of: readonly T[], claim: JsonValue | undefined): T {
  const found = of.find((each) => each === claim);
  if (found === undefined) throw new Error(`${JSON.stringify(claim)} is none of ${of.join()}`);
  return found;
}
