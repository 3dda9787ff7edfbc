import { MAX_HELLO_SUBS, type HelloSub } from '../../protocol/index.js';
import type { HubSubscription } from './hub-subscription.js';

/** About the most that a hello says of subscriptions: it is read before it is known who says it. */
export const HELLO_SUBS_CHARS = 16 * 1024;

/**
 * PT-10: the subscriptions that are in the hello, from there to the welcome. Whatever becomes of one of them meanwhile, the server may have taken it,
 * so each number is remembered with it. Holds nothing after that.
 */
export class AskedAhead {
  #asked: (readonly [number: number, subscription: HubSubscription])[] = [];
  #chars = 0;

  /** Notes that it is in the hello; false: it does not fit. */
  add(subscription: HubSubscription, words: HelloSub): boolean {
    const chars = JSON.stringify(words).length;
    if (this.#asked.length >= MAX_HELLO_SUBS || this.#chars + chars > HELLO_SUBS_CHARS) return false;
    this.#asked.push([words.sub, subscription]);
    this.#chars += chars;
    return true;
  }

  /** Forgets all of them. Gives those that are over: all unless they are kept, and what goes by its number no more. */
  settle(isKept: boolean): readonly (readonly [number, HubSubscription])[] {
    const asked = this.#asked;
    this.#asked = [];
    this.#chars = 0;
    return asked.filter(([number, subscription]) => !isKept || subscription.wire?.number !== number);
  }
}
