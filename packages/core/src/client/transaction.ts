import { checkedMapName } from './checked-map-name.js';
import type { TransactionDraft } from './outbox/transaction-draft.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import { TransactionMap } from './transaction-map.js';
import type { WriteOf } from './client-options.js';

/** What the function of a transaction writes through. Of no use when the function has returned. */
export class Transaction<S extends object, W extends object = S> {
  readonly #draft: TransactionDraft<MapStore>;
  readonly #runtime: ClientRuntime;

  /** @internal Made by `TopGunClient.transaction`. */
  constructor(draft: TransactionDraft<MapStore>, runtime: ClientRuntime) {
    this.#draft = draft;
    this.#runtime = runtime;
  }

  /** The map of that name, as this transaction sees it. @throws TopGunError `map-name` */
  map<K extends keyof S & string>(name: K): TransactionMap<S[K], WriteOf<S, W, K>> {
    return new TransactionMap(checkedMapName(name), this.#draft, this.#runtime);
  }
}
