import type {
  AskSearchMessage,
  JournalMessage,
  JournalRefusedMessage,
  ReadJournalMessage,
  SearchFactsMessage,
  SearchRefusedMessage,
} from '../../protocol/index.js';

/** What is asked of the server and answered once: it changes nothing, so it may be asked again. */
export type ServerQuestion = Omit<ReadJournalMessage, 'id'> | Omit<AskSearchMessage, 'id'>;

export type ServerAnswer = JournalMessage | JournalRefusedMessage | SearchFactsMessage | SearchRefusedMessage;
