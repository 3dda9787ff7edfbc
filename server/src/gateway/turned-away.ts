/** The most tokens that are remembered. */
const MOST = 1_000;

/**
 * AB-9: tokens that were found to be right, of users who came too soon: shown again, they are not verified to be refused again. It lets nobody in: what it says is of use for
 * a refusal alone.
 */
export class TurnedAway {
  readonly #principals = new Map<string, string>();

  /** The principal of the token; `undefined`: not known. */
  get(token: string): string | undefined {
    return this.#principals.get(token);
  }

  set(token: string, principal: string): void {
    if (this.#principals.size >= MOST) this.#principals.clear();
    this.#principals.set(token, principal);
  }

  delete(token: string): void {
    this.#principals.delete(token);
  }
}
