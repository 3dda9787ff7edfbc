import type { ServerMessage } from './messages.js';
import type { RowChange } from './row-change.js';
import { shortForm } from './short-forms.js';
import type { PushMessage } from './subscription.js';

/** What changed in a view is told to all who see it, so its text is made once; gone with the changes. */
const texts = new WeakMap<readonly RowChange[], string>();

/** PT-8: a message of the server as it goes over the wire: the text of its short form. Changes are not written to after this. */
export function messageText(message: ServerMessage): string {
  return message.type === 'push' ? pushText(message) : JSON.stringify(shortForm(message));
}

function pushText({ through, subs }: PushMessage): string {
  let text = `{"type":"push","through":${through},"subs":[`;
  for (let i = 0; i < subs.length; i += 1) {
    const { sub, n, changes, full } = subs[i]!;
    text += `${i === 0 ? '' : ','}{"sub":${sub},"n":${n},"changes":${changesText(changes)},"full":${full}}`;
  }
  return `${text}]}`;
}

function changesText(changes: readonly RowChange[]): string {
  let text = texts.get(changes);
  if (text === undefined) texts.set(changes, (text = JSON.stringify(changes)));
  return text;
}
