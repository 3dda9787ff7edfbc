import type { EarlyReading } from '../ports/storage.js';
import { connect, type Connected } from './indexed-db-format.js';
import { type FirstRead, readFirst } from './rows-ahead.js';

/** A connection, and what was read through it as the first thing; `null`: nothing. */
export interface Prepared {
  readonly connecting: Promise<Connected>;
  readonly reading: Promise<FirstRead | null>;
}

const NOTHING_READ = Promise.resolve(null);

/** One that nobody has begun. */
export const unprepared = (name: string): Prepared => ({ connecting: connect(name), reading: NOTHING_READ });

/** Connections that were begun before anybody opens their databases. Nothing is made for them, and nothing changed. */
export class PreparedConnections {
  readonly #begun = new Map<string, Prepared>();

  /** Returns the end of it, for one that is not opened after all. */
  begin(name: string, reading?: EarlyReading): () => void {
    if (this.#begun.has(name)) return () => {};
    const connecting = connect(name);
    const begun = { connecting, reading: reading === undefined ? NOTHING_READ : readEarly(connecting, reading) };
    this.#begun.set(name, begun);
    const forget = (): boolean => this.#begun.get(name) === begun && this.#begun.delete(name);
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
  take(name: string): Prepared {
    const begun = this.#begun.get(name);
    this.#begun.delete(name);
    return begun ?? unprepared(name);
  }
}

/** Whoever opens it reads, and hears of it, where this cannot. */
async function readEarly(connecting: Promise<Connected>, { after, ahead }: EarlyReading): Promise<FirstRead | null> {
  try {
    const [connected] = await Promise.all([connecting, after]);
    return 'idb' in connected ? await readFirst(connected.idb, ahead()) : null;
  } catch {
    return null;
  }
}
