import type {
  AskSearchMessage,
  CalledMessage,
  CallMessage,
  CallRefusedMessage,
  JournalMessage,
  JournalRefusedMessage,
  ReadJournalMessage,
  SearchFactsMessage,
  SearchRefusedMessage,
} from '../../protocol/index.js';

/** JO-6: what is asked of the server and answered once. It may be asked again: it changes nothing, or, of a call, it is run once at most (PR-4). */
export type ServerQuestion = Omit<ReadJournalMessage, 'id'> | Omit<AskSearchMessage, 'id'> | Omit<CallMessage, 'id'>;

export type ServerAnswer =
  | JournalMessage
  | JournalRefusedMessage
  | SearchFactsMessage
  | SearchRefusedMessage
  | CalledMessage
  | CallRefusedMessage;

/** What a question can be answered by. */
export type AnswerTo<Q extends ServerQuestion> = Q extends { readonly type: 'call' }
  ? CalledMessage | CallRefusedMessage
  : Q extends { readonly type: 'ask-search' }
    ? SearchFactsMessage | SearchRefusedMessage
    : JournalMessage | JournalRefusedMessage;
