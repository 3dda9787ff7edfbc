import type { ReadJournalMessage, JournalMessage, JournalRefusedMessage } from '@topgun/core/protocol';
import { NO_ACCESS, type Access } from '@topgun/core/rules';
import type { Logger } from '../../ports/environment.js';
import type { SessionId } from '../../ports/partition-host.js';
import type { Journal, JournalAnswer } from './journal.js';

/** JO-3: questions of one connection that have no answer yet. */
export const MAX_OPEN_QUESTIONS = 16;

/** JO-4: of a session that is not known nothing is known that it may. */
export const NOTHING_SEEN: Access = { of: () => NO_ACCESS };

type Answer = JournalMessage | JournalRefusedMessage;

/** Puts a client's question to the journal, where there is one; `tell` is called once, at once or later, or never if the question is ended. */
export function answerJournal(
  journal: Journal | null,
  session: SessionId,
  { id, after, limit, maps, wait }: ReadJournalMessage,
  access: () => Access | null,
  tell: (answer: Answer) => void,
  log: Logger,
): void {
  if (journal === null) {
    tell(refused(id, 'no-journal', 'This server keeps no journal.'));
    return;
  }
  if (journal.openOf(session) >= MAX_OPEN_QUESTIONS) {
    tell(refused(id, 'overloaded', `At most ${MAX_OPEN_QUESTIONS} questions of the journal are answered at a time.`));
    return;
  }
  journal.ask({
    session,
    id,
    after: after ?? null,
    limit,
    maps: maps === undefined ? null : new Set(maps),
    wait: wait === true,
    access,
    answer: (answer) => {
      if (answer.type === 'failed') log.error('the journal could not be read', { reason: answer.reason });
      tell(toMessage(id, answer));
    },
  });
}

function toMessage(id: number, answer: JournalAnswer): Answer {
  switch (answer.type) {
    case 'page': {
      const { events, through, more } = answer;
      return { type: 'journal', id, events, through, more };
    }
    case 'trimmed':
      return {
        ...refused(id, 'journal-trimmed', 'Some of what came after is not kept any more.'),
        through: answer.through,
      };
    case 'failed':
      return refused(id, 'internal', 'The journal could not be read.');
  }
}

const refused = (id: number, code: JournalRefusedMessage['code'], reason: string): JournalRefusedMessage => ({
  type: 'journal-refused',
  id,
  code,
  reason,
});
