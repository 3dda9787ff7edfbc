import { createHmac } from 'node:crypto';

export const SECRET = 'a secret that is long enough to be one';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JSON Web Token of an hour. */
export function tokenOf(sub) {
  const text = `${part({ alg: 'HS256' })}.${part({ sub, exp: Math.floor(Date.now() / 1000) + 3_600 })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}
