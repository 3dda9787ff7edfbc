export type { WireOp } from '../crdt/wire-op.js';
export type { WireRecord } from '../crdt/wire-record.js';
export {
  CALL_ID_PATTERN,
  CALL_REFUSALS,
  MAX_OPEN_CALLS,
  MAX_PROCEDURE_NAME,
  type CalledMessage,
  type CallMessage,
  type CallRefusal,
  type CallRefusedMessage,
} from './call.js';
export { ERROR_CODES, REJECTION_CODES, type ErrorCode, type RejectionCode } from './codes.js';
export { MAX_HELLO_SUBS, PROTOCOL_VERSION, SUPPORTED_PROTOCOLS, type Hello, type HelloSub } from './hello.js';
export { DEFAULT_LIMITS, limitsOf, toldLimits, type Limits } from './limits.js';
export { MESSAGE_EVENT, type ClientMessage, type ServerMessage } from './messages.js';
export { messageText } from './message-text.js';
export { parseClientMessage, parseHello, parseServerMessage, type ProtocolError } from './parse.js';
export { protocolHash } from './protocol-hash.js';
export { longForm, shortForm } from './short-forms.js';
export {
  MAX_JOURNAL_LIMIT,
  MAX_JOURNAL_MAPS,
  type ReadJournalMessage,
  type EndJournalMessage,
  type JournalMessage,
  type JournalRefusal,
  type JournalRefusedMessage,
} from './journal.js';
export {
  MAX_COMPLETIONS,
  MAX_FACETS,
  type AskSearchMessage,
  type EndSearchMessage,
  type SearchFactsMessage,
  type SearchRefusedMessage,
} from './search-facts.js';
export type { RowChange } from './row-change.js';
export type { ErrorMessage, PingMessage, PongMessage, WelcomeMessage } from './session.js';
export type {
  AnnouncedMessage,
  AnnounceMessage,
  DecidedMessage,
  Outcome,
  SubmitBatch,
  SubmitMessage,
  WireRejection,
  WireVerdicts,
} from './submission.js';
export type {
  TurnMessage,
  LevelMessage,
  PushedSub,
  PushMessage,
  RowsMessage,
  SameMessage,
  SubscribeMessage,
  UnsubscribeMessage,
} from './subscription.js';
