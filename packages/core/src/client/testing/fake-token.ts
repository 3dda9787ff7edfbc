import { encodeBase64url } from '../../primitives/index.js';

/** A JSON Web Token that says these things and is signed by nobody. */
export const fakeToken = (claims: unknown): string =>
  ['e30', encodeBase64url(new TextEncoder().encode(JSON.stringify(claims))), 'sig'].join('.');
