import { TopGunError } from '../../primitives/index.js';
import { isSamePrincipal, subjectPrincipal, type Principal } from './database-name.js';
import { tokenSubject } from './token-subject.js';

/** Where the app's token comes from: set by hand, or asked for whenever it is needed. */
export type TokenProvider = () => string | null | Promise<string | null>;

/** The token of the day, and whom it is for. Which database is open is not its business. */
export class Tokens {
  #provider: TokenProvider | null;

  constructor(provider: TokenProvider | null) {
    this.#provider = provider;
  }

  set(provider: TokenProvider | null): void {
    this.#provider = provider;
  }

  /** Whom the token is for; `null` when there is none, or one that does not say. Rejects as the provider does. */
  async principal(): Promise<Principal | null> {
    const token = await this.#ask();
    return token === null ? null : principalOf(token);
  }

  /**
   * CL-10: the token for a connection of this principal's database. Another subject's is never shown there, for that would submit
   * one's ops as another: `onOther` is told, and it rejects.
   */
  async tokenFor(principal: Principal, onOther: (other: Principal) => void): Promise<string | null> {
    const token = await this.#ask();
    const other = token === null ? null : principalOf(token);
    if (other === null || isSamePrincipal(other, principal)) return token;
    onOther(other);
    throw new TopGunError('other-principal', 'The token is for another principal than the open database.');
  }

  async #ask(): Promise<string | null> {
    return this.#provider === null ? null : this.#provider();
  }
}

function principalOf(token: string): Principal | null {
  const subject = tokenSubject(token);
  return subject === null ? null : subjectPrincipal(subject);
}
