import type { Environment } from '../ports/environment.js';
import type { TabGroup } from '../ports/tabs.js';
import { CHANNEL_VERSION, decodeTabMessage, encodeTabMessage, type Envelope } from './channel-codec.js';
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
  /** What this tab speaks. Absent: what this library does. */
  readonly version?: number | undefined;
}

/** Addresses, codes and decodes; knows nothing of what is said. */
export function createRelay({ group, tab, log, onMessage, ...options }: RelayOptions): Relay {
  const { onForeign, version = CHANNEL_VERSION } = options;
  let hasWarned = false;

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
      const envelope: Envelope = { v: version, from: tab, to: to ?? null, body: encodeTabMessage(message) };
      group.post(envelope);
    },
    stop: unlisten,
  };
}
