import { TopGunError } from '../../primitives/index.js';
import type { Environment } from '../ports/environment.js';
import type { TabGroup } from '../ports/tabs.js';
import { createRelay } from '../tabs/relay.js';
import type { Farewell } from '../tabs/tab-message.js';
import { adoptAnonymous, type Adoption } from './adopt-anonymous.js';
import { ANONYMOUS, databaseName, subjectPrincipal } from './database-name.js';
import type { DeviceNotes } from './device-notes.js';

export interface AdoptionsOptions {
  readonly environment: Environment;
  readonly serverUrl: string | null;
  readonly notes: DeviceNotes;
}

/**
 * CL-10: gives a user what was written before anybody signed in, once the app has asked for it. That it was asked for is noted first, and forgotten
 * when it is done: what a crash interrupts is ended before any tab that starts then opens a database.
 */
export class Adoptions {
  readonly #options: AdoptionsOptions;
  readonly #from: string;

  constructor(options: AdoptionsOptions) {
    this.#options = options;
    this.#from = databaseName(options.serverUrl, ANONYMOUS);
  }

  /**
   * For the user whom the farewell names: tabs that still have nobody's database open are taken along. Waits until the one that submits from
   * there has let go. @throws TopGunError `storage-…`
   */
  async run(farewell: Farewell & { readonly subject: string }): Promise<Adoption> {
    const { environment, notes } = this.#options;
    const noted = await notes.write({ adopting: farewell.subject });
    if (!noted.ok) throw new TopGunError(`storage-${noted.error.code}`, noted.error.message);
    return this.#within(async (group) => {
      const relay = createRelay({ group, tab: environment.random.id(12), log: environment.log, onMessage() {} });
      relay.post({ type: 'bye', ...farewell });
      relay.stop();
      return new Promise((resolve, reject) => {
        group.lock(this.#lock, () => this.#adopt(group, farewell.subject).then(resolve, reject));
      });
    });
  }

  /** What was interrupted, unless another tab is at it, or at work in nobody's database: then it is for the next start. */
  async finish(subject: string): Promise<void> {
    await this.#within(async (group) => {
      const lock = await group.tryLock(this.#lock);
      if (lock === null) return;
      await this.#adopt(group, subject).catch((error: unknown) =>
        this.#options.environment.log(
          'warn',
          'What was written before signing in could not be brought over yet.',
          error,
        ),
      );
      lock.release();
    });
  }

  get #lock(): string {
    return `${this.#from}:leader`;
  }

  async #within<T>(work: (group: TabGroup) => Promise<T>): Promise<T> {
    const group = this.#options.environment.tabs.join(this.#from);
    try {
      return await work(group);
    } finally {
      group.leave();
    }
  }

  async #adopt({ isExclusive }: TabGroup, subject: string): Promise<Adoption> {
    const { environment, serverUrl, notes } = this.#options;
    const to = databaseName(serverUrl, subjectPrincipal(subject));
    const adoption = await adoptAnonymous(environment, { from: this.#from, to, isExclusive });
    if (!adoption.ok) throw new TopGunError(`storage-${adoption.error.code}`, adoption.error.message);
    // If that fails it is all done once more, and changes nothing.
    await notes.write({ adopting: null });
    return adoption.value;
  }
}
