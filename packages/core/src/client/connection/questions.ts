import type { ClientMessage } from '../../protocol/index.js';
import type { ServerAnswer, ServerQuestion } from '../ports/server-question.js';

/** JO-6: what the tabs ask of the server, on one connection after the other until it is answered. */
export interface Questions {
  /** `token` names the question within the tab. */
  ask(tab: string, token: string, question: ServerQuestion): void;
  /** No answer is wanted any more. */
  end(tab: string, token: string): void;
  closeTab(tab: string): void;
  /** Asks all that has no answer yet. */
  connected(): void;
  disconnected(): void;
  /** One to a question that nobody asks any more is passed over. */
  answered(answer: ServerAnswer): void;
}

interface Asked {
  readonly id: number;
  readonly tab: string;
  readonly token: string;
  readonly question: ServerQuestion;
}

export function createQuestions(options: {
  readonly send: (message: ClientMessage) => void;
  readonly answered: (tab: string, token: string, answer: ServerAnswer) => void;
}): Questions {
  const { send } = options;
  const open = new Map<number, Asked>();
  let isConnected = false;
  let lastId = 0;

  const put = ({ id, question }: Asked): void => send({ ...question, id });
  const drop = ({ id, question }: Asked): void => {
    open.delete(id);
    if (isConnected) send({ type: question.type === 'read-journal' ? 'end-journal' : 'end-search', id });
  };
  const of = (tab: string, token: string): Asked | undefined =>
    [...open.values()].find((asked) => asked.tab === tab && asked.token === token);

  return {
    ask(tab, token, question) {
      // A tab that introduces itself says again what it asks.
      if (of(tab, token) !== undefined) return;
      const asked = { id: ++lastId, tab, token, question };
      open.set(asked.id, asked);
      if (isConnected) put(asked);
    },
    end(tab, token) {
      const asked = of(tab, token);
      if (asked !== undefined) drop(asked);
    },
    closeTab(tab) {
      for (const asked of [...open.values()]) if (asked.tab === tab) drop(asked);
    },
    connected() {
      isConnected = true;
      for (const asked of open.values()) put(asked);
    },
    disconnected() {
      isConnected = false;
    },
    answered(answer) {
      const asked = open.get(answer.id);
      if (asked === undefined) return;
      open.delete(asked.id);
      options.answered(asked.tab, asked.token, answer);
    },
  };
}
