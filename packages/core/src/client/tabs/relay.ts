import type { Environment } from '../ports/environment.js';
import type { TabGroup } from '../ports/tabs.js';
import { CHANNEL_VERSION, decodeTabMessage, encodeTabMessage, isLarge, type Envelope } from './channel-codec.js';
import type { TabMessage } from './tab-message.js';

/** This tab's end of the channel. */
export interface Relay {
  /** To every other tab, or only to tab `to`. */
  post(message: TabMessage, to?: string): void;
  stop(): void;
}

export interface RelayOptions {
  readonly group: TabGroup;
  readonly tab: string;
  readonly log: Environment['log'];
  readonly onMessage: (message: TabMessage, from: string) => void;
  /** CL-4: what a tab of another version says that all understand. Absent: nothing of it matters. */
  readonly onForeign?: (said: 'ask' | 'answer', version: number) => void;
  /** Whether no other tab of the database may be there, as far as can be said at once. Absent: one always may. */
  readonly mayBeAlone?: () => boolean;
  /** Whether none is: then a large message is not made. */
  readonly isAlone?: () => Promise<boolean>;
  /** What this tab speaks. Absent: what this library does. */
  readonly version?: number | undefined;
}

interface Waiting {
  readonly message: TabMessage;
  readonly to: string | undefined;
}

/**
 * Addresses, codes and decodes; knows nothing of what is said.
 *
 * CL-4: a large message to nobody is not made. What it tells is in storage by then, or was known to be missing there: a tab that is not there yet when it is
 * asked for finds it. Messages keep their order: what comes while that is being asked waits.
 */
export function createRelay({ group, tab, log, onMessage, ...options }: RelayOptions): Relay {
  const { onForeign, mayBeAlone = () => false, version = CHANNEL_VERSION } = options;
  const isAloneNow = options.isAlone ?? (() => Promise.resolve(false));
  let hasWarned = false;
  const waiting: Waiting[] = [];
  let isAsking = false;

  function send({ message, to }: Waiting): void {
    const envelope: Envelope = { v: version, from: tab, to: to ?? null, body: encodeTabMessage(message) };
    group.post(envelope);
  }

  async function settle(): Promise<void> {
    isAsking = true;
    while (waiting.length > 0) {
      // Those that come later are asked for again: who is there by then may have read what storage held before.
      const { length } = waiting;
      // Where it cannot be told, everybody is told.
      const isAlone = mayBeAlone() && (await isAloneNow().catch(() => false));
      for (const each of waiting.splice(0, length)) if (!isAlone || !isLarge(each.message)) send(each);
    }
    isAsking = false;
  }

  function hearForeign({ v, body }: Partial<Envelope>): void {
    if (!hasWarned) log('warn', 'a tab with another version of this app is open; close or reload it');
    hasWarned = true;
    const said = (body as { readonly type?: unknown } | null | undefined)?.type;
    if (typeof v === 'number' && (said === 'ask' || said === 'answer')) onForeign?.(said, v);
  }

  const unlisten = group.onMessage((posted) => {
    const envelope = posted as Partial<Envelope> | null;
    if (typeof envelope !== 'object' || envelope === null) return;
    if (envelope.v !== version) return hearForeign(envelope);
    if (envelope.to !== null && envelope.to !== tab) return;
    const message = decodeTabMessage(envelope.body);
    if (message === null) log('warn', 'a message of another tab cannot be read', posted);
    else onMessage(message, String(envelope.from));
  });
  return {
    post(message, to) {
      if (group.isAlone === true) return;
      if (!isAsking && !(isLarge(message) && mayBeAlone())) return send({ message, to });
      waiting.push({ message, to });
      if (!isAsking) void settle();
    },
    stop() {
      unlisten();
      for (const each of waiting.splice(0)) send(each);
    },
  };
}
