import type { ReadAhead } from '../ports/storage.js';
import type { ClientRuntimeOptions } from './client-runtime-options.js';
import { ANONYMOUS, databaseName, notesName, principalOf, type Principal } from './database-name.js';
import { prepareNotes } from './device-notes.js';
import { prepareDatabase, type PreparedDatabase } from './open-database.js';

/** What a start will need, begun before it is known for sure. */
export interface EarlyStart {
  /** Likely to be wanted too. */
  expect(principal: Principal): void;
  /** The database of that principal, begun now if it was not. Others are given up. */
  take(principal: Principal): PreparedDatabase;
  /** Nothing is started. */
  abandon(): void;
}

/**
 * Begins with what is waited for elsewhere, while the client is made and the app asks it for its first rows: what the device remembers, and the connection to the
 * database of whoever is here most likely, of which it reads what that one will ask for first: `ahead`, asked by then. Whose is opened, and when, is not decided by it, and
 * nothing of it shows before.
 */
export function startEarly(
  {
    environment,
    serverUrl,
    principal,
    tokenProvider,
  }: Pick<ClientRuntimeOptions, 'environment' | 'serverUrl' | 'principal' | 'tokenProvider'>,
  ahead: () => ReadAhead,
): EarlyStart {
  const nameOf = (of: Principal): string => databaseName(serverUrl, of);
  let begun: PreparedDatabase | null = null;

  function giveUpOthers(name: string): void {
    if (begun === null || begun.name === name) return;
    begun.abandon();
    begun = null;
  }

  function expect(of: Principal): PreparedDatabase {
    const name = nameOf(of);
    giveUpOthers(name);
    begun ??= prepareDatabase(environment, name, ahead);
    return begun;
  }

  if (principal !== null) expect(principalOf(principal));
  // Who has no token is nobody, unless the device remembers somebody.
  else if (tokenProvider === null) expect(ANONYMOUS);
  // After the database: the browser answers in this order, and the place and the rows are what is waited for longest.
  const endNotes = prepareNotes(environment, notesName(serverUrl));
  return {
    expect,
    take(of) {
      const taken = expect(of);
      begun = null;
      return taken;
    },
    abandon() {
      endNotes?.();
      begun?.abandon();
      begun = null;
    },
  };
}
