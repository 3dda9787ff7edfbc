import { connect, type Connected } from './indexed-db-format.js';

/** Connections that were begun before anybody opens their databases. Nothing is made for them, and nothing changed. */
export class PreparedConnections {
  readonly #connecting = new Map<string, Promise<Connected>>();

  /** Returns the end of it, for one that is not opened after all. */
  begin(name: string): () => void {
    if (this.#connecting.has(name)) return () => {};
    const connecting = connect(name);
    this.#connecting.set(name, connecting);
    const forget = (): boolean => this.#connecting.get(name) === connecting && this.#connecting.delete(name);
    connecting.then(
      (connected) => {
        if (!('idb' in connected)) return;
        const { idb } = connected;
        const end = (): void => {
          idb.close();
          forget();
        };
        // Deleted, laid out anew, or closed by the browser: whoever opens it then connects again.
        idb.onversionchange = end;
        idb.onclose = end;
      },
      // Whoever opens it hears of it.
      () => {},
    );
    return () => {
      if (forget()) connecting.then((connected) => 'idb' in connected && connected.idb.close()).catch(() => {});
    };
  }

  /** The connection of that name, for one to have: the one that was begun, if there is one. */
  take(name: string): Promise<Connected> {
    const begun = this.#connecting.get(name);
    this.#connecting.delete(name);
    return begun ?? connect(name);
  }
}
