/** Where the app's token comes from: set by hand, or asked for whenever it is needed. */
export type TokenProvider = () => string | null | Promise<string | null>;

/** The token of the day. Holds no principal: that is the session's. */
export class Tokens {
  #provider: TokenProvider | null;

  constructor(provider: TokenProvider | null) {
    this.#provider = provider;
  }

  /** False when nobody can be asked: there is no token, and that is known at once. */
  get canAsk(): boolean {
    return this.#provider !== null;
  }

  set(provider: TokenProvider | null): void {
    this.#provider = provider;
  }

  async ask(): Promise<string | null> {
    return this.#provider === null ? null : this.#provider();
  }
}
