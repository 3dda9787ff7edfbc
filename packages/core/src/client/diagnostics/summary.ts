import { assertNever } from '../../primitives/index.js';
import type {
  ConnectionNote,
  MapExplanation,
  PendingExplanation,
  RecordExplanation,
  StorageNote,
} from './explanation.js';

/** CL-34: what an explanation comes to, in words. */
export function summaryOfRecord(record: Omit<RecordExplanation, 'summary'>): string {
  const { map, key, pending, rejections, lastAck } = record;
  const sentences = [`${map}/${key} ${presenceSentence(record)}`];
  const [first] = pending;
  if (first !== undefined) sentences.push(pendingSentence(pending.length, first, record));
  else if (lastAck?.outcome === 'superseded')
    sentences.push('The last write of it was accepted after a later one had taken its place.');
  const last = rejections.at(-1);
  if (last !== undefined)
    sentences.push(`The server has refused ${count(rejections.length, 'write')} of it (${last.code}: ${last.reason})`);
  return sentences.map(closed).join(' ');
}

export function summaryOfMap(map: Omit<MapExplanation, 'summary'>): string {
  const { records, pending, oldestPending, rejections, subscriptions, connection, status } = map;
  const sentences = [`${map.map} ${status === 'loaded' ? `shows ${count(records, 'record')}` : STATUS[status]}`];
  if (oldestPending !== null) sentences.push(pendingSentence(pending, oldestPending, map));
  else sentences.push(connection.isLocalOnly ? 'There is no server' : 'No write of it is undecided');
  if (rejections > 0) sentences.push(`Refused: ${count(rejections, 'write')} of it`);
  if (!connection.isLocalOnly) sentences.push(subscriptionsSentence(subscriptions));
  return sentences.map(closed).join(' ');
}

const STATUS = {
  unused: 'has not been used in this tab, so that nothing of it is read',
  loading: 'is being read from storage',
};

function presenceSentence(record: Omit<RecordExplanation, 'summary'>): string {
  const { presence, confirmed, pending, connection, subscriptions } = record;
  switch (presence) {
    case 'shown':
      if (connection.isLocalOnly) return 'is here; there is no server';
      if (confirmed === null) return 'is here as it was written on this device: the server has confirmed nothing of it';
      if (pending.length > 0) return 'is here, with writes that the server has not decided';
      return subscriptions.some(({ holds, isSettled }) => holds && isSettled)
        ? 'is here as the server confirmed it'
        : 'is here as this device last heard of it: no live subscription keeps it current';
    case 'unused':
      return 'is not here: its map has not been used in this tab, so that nothing of it is read';
    case 'loading':
      return 'is not here yet: its map is being read from storage';
    case 'removed':
      if (confirmed?.existence?.op === 'remove') return 'is not here: it was removed';
      return pending.length > 0 ? 'is not here: it was removed on this device' : 'is not here: nothing is in it';
    case 'expired':
      return 'is not here: its time to live has run out';
    case 'incomplete':
      return 'is not here: edits of it are known, and nothing that created it';
    case 'unknown':
      if (connection.isLocalOnly) return 'is not here: nothing has written it';
      return `is not here: nothing is known of it. ${subscriptionsSentence(subscriptions)}`;
    default:
      return assertNever(presence);
  }
}

function subscriptionsSentence(subscriptions: MapExplanation['subscriptions']): string {
  if (subscriptions.length === 0) return 'Nothing in this tab subscribes to it';
  const refused = subscriptions.find(({ error }) => error !== null)?.error;
  if (refused !== undefined && refused !== null)
    return `The server refuses a subscription (${refused.code}: ${refused.reason})`;
  const settled = subscriptions.filter(({ isSettled }) => isSettled).length;
  const of = count(subscriptions.length, 'subscription');
  return settled === subscriptions.length
    ? `The server has answered ${of}`
    : `The server has answered ${settled} of ${of}`;
}

interface Around {
  readonly connection: ConnectionNote;
  readonly storage: StorageNote;
}

function pendingSentence(all: number, first: PendingExplanation, around: Around): string {
  const whose = all === 1 ? '1 write of it waits' : `Of ${all} writes of it the first waits`;
  const behind = first.behind === null ? '' : `, behind an earlier write (${first.behind})`;
  return `${whose} ${waitText(first, around)}${behind}`;
}

function waitText({ waitsFor }: PendingExplanation, { connection, storage }: Around): string {
  switch (waitsFor) {
    case 'storage': {
      const { kind, lastFault } = storage;
      if (kind === 'opening') return 'for the local database to open';
      return `to be stored on this device${lastFault === null ? '' : ` (last fault: ${lastFault.code}: ${lastFault.message})`}`;
    }
    case 'leader':
      return 'for the tab that leads, which sends it';
    case 'connection':
      return connectionText(connection);
    case 'preparation':
      return 'to be made ready for sending';
    case 'window':
      return 'until the server has decided some of those sent before';
    case 'sibling-create':
      return 'for the creation of its record, which another tab sends';
    case 'sending':
      return 'to be sent next';
    case 'decision':
      return "for the server's decision: it has been sent";
    default:
      return assertNever(waitsFor);
  }
}

function connectionText({ state, fault, isPaused }: ConnectionNote): string {
  const why = fault === null ? '' : ` (${fault.code}: ${fault.reason})`;
  if (isPaused) return 'until the app connects again';
  switch (state) {
    case 'needs-auth':
      return `for a token that the server accepts${why}`;
    case 'incompatible':
      return `for a client that speaks the server's protocol${why}`;
    case 'closed':
      return 'for the next start: this client is closed';
    case 'backing-off':
      return `for the next attempt to connect${why}`;
    default:
      return `for a connection, which is ${state}${why}`;
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What others have said may end as it likes. */
const closed = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
