import { expect, test } from 'vitest';
import type { TokenVerifier } from './token-verifier.js';

export interface VerifierCase {
  readonly verifier: TokenVerifier;
  /** A token that this verifier takes, with these claims beside those it needs. `endsInS`: seconds from now until it ends. */
  sign(claims: Readonly<Record<string, unknown>>, endsInS?: number): Promise<string>;
  /** The present, in ms since 1970. */
  readonly now: number;
  readonly toleranceS: number;
}

/** What every verifier does. `make` is called for each test. */
export function tokenVerifierContract(name: string, make: () => Promise<VerifierCase>): void {
  test(`${name}: says whom a token is for, what it claims, and when it ends`, async () => {
    const { verifier, sign, now, toleranceS } = await make();
    const verified = await verifier.verify(await sign({ sub: 'ann', org: { role: 'hr' } }, 60));
    if (!verified.ok) throw new Error(verified.error.reason);
    expect(verified.value).toMatchObject({ principal: 'ann', claims: { sub: 'ann', org: { role: 'hr' } } });
    expect(verified.value.expiresAtMs).toBe((Math.floor(now / 1000) + 60 + toleranceS) * 1000);
  });

  test(`${name}: takes a token that ended within the tolerance, and none that ended before`, async () => {
    const { verifier, sign, toleranceS } = await make();
    expect((await verifier.verify(await sign({ sub: 'ann' }, 1 - toleranceS))).ok).toBe(true);
    const ended = await verifier.verify(await sign({ sub: 'ann' }, -toleranceS - 1));
    expect(ended).toEqual({ ok: false, error: { code: 'needs-auth', reason: 'The token has expired.' } });
  });

  test(`${name}: refuses a token for nobody, one that was changed, one that nobody signed, and what is none`, async () => {
    const { verifier, sign } = await make();
    const token = await sign({ sub: 'ann' });
    const [header, , signature] = token.split('.');
    const encoded = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
    const changed = [header, encoded({ sub: 'bob' }), signature].join('.');
    const unsigned = [encoded({ alg: 'none' }), encoded({ sub: 'ann' }), ''].join('.');
    const wrong = [
      await sign({}),
      await sign({ sub: '' }),
      await sign({ sub: 7 }),
      changed,
      unsigned,
      '',
      'a.b.c',
      'x',
    ];
    for (const each of wrong) {
      expect(await verifier.verify(each)).toMatchObject({ ok: false, error: { code: 'needs-auth' } });
    }
  });
}
