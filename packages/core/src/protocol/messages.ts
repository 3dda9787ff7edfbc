import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { CalledMessage, CallMessage, CallRefusedMessage } from './call.js';
import { calledSchema, callRefusedSchema, callSchema } from './call.js';
import type { ReadJournalMessage, EndJournalMessage, JournalMessage, JournalRefusedMessage } from './journal.js';
import type { AskSearchMessage, EndSearchMessage, SearchFactsMessage, SearchRefusedMessage } from './search-facts.js';
import { askSearchSchema, endSearchSchema, searchFactsSchema, searchRefusedSchema } from './search-facts.js';
import { readJournalSchema, endJournalSchema, journalRefusedSchema, journalSchema } from './journal.js';
import type { ErrorMessage, PingMessage, PongMessage, TokenMessage, WelcomeMessage } from './session.js';
import { errorSchema, pingSchema, pongSchema, tokenSchema, welcomeSchema } from './session.js';
import type { AnnouncedMessage, AnnounceMessage, DecidedMessage, SubmitMessage } from './submission.js';
import {
  announcedSchema,
  announceSchema,
  decidedEnvelope,
  decidedSchema,
  submitEnvelope,
  submitSchema,
} from './submission.js';
import type {
  TurnMessage,
  LevelMessage,
  PushMessage,
  RowsMessage,
  SameMessage,
  SubscribeMessage,
  UnsubscribeMessage,
} from './subscription.js';
import {
  turnSchema,
  levelSchema,
  pushEnvelope,
  pushSchema,
  rowsEnvelope,
  rowsSchema,
  sameSchema,
  subscribeSchema,
  unsubscribeSchema,
} from './subscription.js';

/**
 * The Socket.IO event of every message after the handshake. A client's message is its one argument; a server puts all messages
 * that it has for a client at one moment into one event, an argument each.
 */
export const MESSAGE_EVENT = 'm';

export type ClientMessage =
  | AnnounceMessage
  | SubmitMessage
  | SubscribeMessage
  | TurnMessage
  | UnsubscribeMessage
  | ReadJournalMessage
  | EndJournalMessage
  | AskSearchMessage
  | EndSearchMessage
  | CallMessage
  | TokenMessage
  | PingMessage;

export type ServerMessage =
  | WelcomeMessage
  | AnnouncedMessage
  | DecidedMessage
  | SameMessage
  | LevelMessage
  | RowsMessage
  | PushMessage
  | JournalMessage
  | JournalRefusedMessage
  | SearchFactsMessage
  | SearchRefusedMessage
  | CalledMessage
  | CallRefusedMessage
  | PongMessage
  | ErrorMessage;

const clientUnion = <Submit extends z.core.$ZodTypeDiscriminable>(submit: Submit) =>
  z.discriminatedUnion('type', [
    announceSchema(),
    submit,
    subscribeSchema(),
    turnSchema(),
    unsubscribeSchema(),
    readJournalSchema(),
    endJournalSchema(),
    askSearchSchema(),
    endSearchSchema(),
    callSchema(),
    tokenSchema(),
    pingSchema(),
  ]);

const serverUnion = <
  Decided extends z.core.$ZodTypeDiscriminable,
  Rows extends z.core.$ZodTypeDiscriminable,
  Push extends z.core.$ZodTypeDiscriminable,
>(
  decided: Decided,
  rows: Rows,
  push: Push,
) =>
  z.discriminatedUnion('type', [
    welcomeSchema(),
    announcedSchema(),
    decided,
    sameSchema(),
    levelSchema(),
    rows,
    push,
    journalSchema(),
    journalRefusedSchema(),
    searchFactsSchema(),
    searchRefusedSchema(),
    calledSchema(),
    callRefusedSchema(),
    pongSchema(),
    errorSchema(),
  ]);

/** Every message whole, ops and records included: what the frozen hash covers. */
export const clientMessageSchema = once(() => clientUnion(submitSchema()));

export const serverMessageSchema = once(() => serverUnion(decidedSchema(), rowsSchema(), pushSchema()));

/** The same, with ops, verdicts, records and row changes left for the hand-written checks. */
export const clientEnvelopes = once(() => clientUnion(submitEnvelope()));

export const serverEnvelopes = once(() => serverUnion(decidedEnvelope(), rowsEnvelope(), pushEnvelope()));
