import { canonicalText, isPlainObject, type JsonValue } from '../primitives/index.js';

/** What a token says of its bearer: the claims of a verified JSON Web Token. Nobody's: none. */
export type Claims = { readonly [name: string]: JsonValue };

/**
 * A place in the token, for rules to compare with: `auth.sub`, `auth.org?.id`, `auth['https://example.com/roles']`. Any claim may be
 * named; those that issuers commonly use are known to TypeScript as being there.
 */
export type ClaimRef = {
  readonly [claim in CommonClaim]: ClaimRef;
} & { readonly [claim: string]: ClaimRef };

type CommonClaim =
  | 'sub'
  | 'iss'
  | 'aud'
  | 'azp'
  | 'scope'
  | 'email'
  | 'role'
  | 'roles'
  | 'permissions'
  | 'groups'
  | 'teams'
  | 'org'
  | 'org_id';

const paths = new WeakMap<object, readonly string[]>();

/** The token of whoever asks, as rules speak of it. */
export const auth: ClaimRef = claimRef([]);

function claimRef(path: readonly string[]): ClaimRef {
  const inner = new Map<string, ClaimRef>();
  const ref = new Proxy<ClaimRef>(Object.create(null) as ClaimRef, {
    get(_target, name) {
      if (typeof name !== 'string') return undefined;
      let known = inner.get(name);
      if (known === undefined) inner.set(name, (known = claimRef([...path, name])));
      return known;
    },
  });
  paths.set(ref, path);
  return ref;
}

/** The names that lead to the claim; `undefined`: it is no place in a token. */
export const claimPath = (ref: unknown): readonly string[] | undefined =>
  typeof ref === 'object' && ref !== null ? paths.get(ref) : undefined;

export type ScalarClaim = string | number | boolean;

/**
 * What the token says there, as far as rules can compare with it: a text, number or boolean, or a list of them. Anything else is as
 * if nothing were there: neither `null` nor an object may be taken for what a record happens not to have, or for a condition.
 */
export function claimAt(claims: Claims, path: readonly string[]): ScalarClaim | readonly ScalarClaim[] | undefined {
  let at: JsonValue | undefined = claims;
  for (const name of path) {
    if (!isPlainObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = (at as Claims)[name];
  }
  if (isScalar(at)) return at;
  return Array.isArray(at) && at.every(isScalar) ? (at as readonly ScalarClaim[]) : undefined;
}

const isScalar = (value: unknown): value is ScalarClaim =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Claims that are of one token, and grant nothing: the next one of the same bearer has others. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti']);

/** What the claims grant, as one text. */
export const grantsText = (claims: Claims): string =>
  canonicalText(Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name))));
