import { TopGunError } from '../../primitives/index.js';
import type { Claims } from '../../rules/index.js';
import { isSamePrincipal, subjectOf, subjectPrincipal, type Principal } from './database-name.js';
import { isThenable } from './is-thenable.js';
import { tokenClaims, tokenSubject } from './token-subject.js';

/** Where the app's token comes from: set by hand, or asked for whenever it is needed. */
export type TokenProvider = () => string | null | Promise<string | null>;

/** A token, and whom it is for; `null`: it does not say. */
export interface Credential {
  readonly token: string;
  readonly principal: Principal | null;
}

/** The token of the day, and whom it is for. Which database is open is not its business. */
export class Tokens {
  #provider: TokenProvider | null;
  /** What the last token claimed, as far as it could be read. */
  #claims: Claims | null = null;
  /** CL-10: what a sibling gave this tab as it took it along, and whom they both left. */
  #handed: { readonly token: string; readonly left: Principal } | null = null;

  constructor(provider: TokenProvider | null) {
    this.#provider = provider;
  }

  /** What is known of this principal to claim, without asking: what its last token said, else who it is. */
  claimsOf(principal: Principal): Claims {
    const subject = subjectOf(principal);
    if (this.#claims !== null && this.#claims['sub'] === subject) return this.#claims;
    return subject === null ? {} : { sub: subject };
  }

  set(provider: TokenProvider | null): void {
    this.#provider = provider;
    this.#handed = null;
  }

  /** CL-10: a sibling has taken this tab from one principal's database to another's. Nobody's: the token is forgotten here too. */
  follow(left: Principal, next: Principal, token: string | null): void {
    if (next.kind === 'anonymous') this.set(null);
    else if (token !== null) this.#handed = { token, left };
  }

  /** `null`: there is none. At once where the provider answers at once; throws, or rejects, as it does. */
  current(): Credential | null | Promise<Credential | null> {
    const given = this.#provider === null ? null : this.#provider();
    return isThenable(given) ? Promise.resolve(given).then((token) => this.#chosen(token)) : this.#chosen(given);
  }

  /**
   * CL-10: the token for a connection of this principal's database. Another subject's is never shown there, for that would submit
   * one's ops as another: `onOther` is told, and it rejects. Without a token only nobody's ops are submitted.
   */
  async tokenFor(principal: Principal, onOther: (other: Credential) => void): Promise<string | null> {
    const credential = await this.current();
    if (credential === null) {
      if (principal.kind === 'anonymous') return null;
      throw new TopGunError('needs-auth', 'There is no token of the user whose database is open.');
    }
    const { token, principal: other } = credential;
    if (other === null || isSamePrincipal(other, principal)) return token;
    onOther(credential);
    throw new TopGunError('other-principal', 'The token is for another principal than the open database.');
  }

  #chosen(token: string | null): Credential | null {
    const chosen = this.#choose(token);
    if (chosen !== null) this.#claims = tokenClaims(chosen.token);
    return chosen;
  }

  #choose(token: string | null): Credential | null {
    const own = credentialOf(token);
    const handed = this.#handed;
    if (handed === null) return own;
    // What this tab's provider says of the one who left is older than what the sibling said.
    const isOutdated = own === null || (own.principal !== null && isSamePrincipal(own.principal, handed.left));
    return isOutdated ? credentialOf(handed.token) : own;
  }
}

function credentialOf(token: string | null): Credential | null {
  if (token === null) return null;
  const subject = tokenSubject(token);
  return { token, principal: subject === null ? null : subjectPrincipal(subject) };
}
