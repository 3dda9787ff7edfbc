import { MAX_OPEN_CALLS, type ClientMessage } from '../../protocol/index.js';
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
  /** On this connection. */
  isSent: boolean;
  /** Somebody still wants to know. A call that was sent counts until it is answered all the same. */
  isWanted: boolean;
}

export function createQuestions(options: {
  readonly send: (message: ClientMessage) => void;
  readonly answered: (tab: string, token: string, answer: ServerAnswer) => void;
}): Questions {
  const { send } = options;
  const open = new Map<number, Asked>();
  let isConnected = false;
  let lastId = 0;
  /** PR-4: calls that were sent on this connection and have no answer. */
  let calls = 0;

  const put = (asked: Asked): void => {
    const { id, question } = asked;
    if (!isConnected || asked.isSent) return;
    if (question.type === 'call') {
      if (calls >= MAX_OPEN_CALLS) return;
      calls += 1;
    }
    asked.isSent = true;
    send({ ...question, id });
  };
  const drop = (asked: Asked): void => {
    const { id, question } = asked;
    if (question.type === 'call' && asked.isSent) {
      asked.isWanted = false;
      return;
    }
    open.delete(id);
    if (!isConnected || question.type === 'call') return;
    send({ type: question.type === 'read-journal' ? 'end-journal' : 'end-search', id });
  };
  const of = (tab: string, token: string): Asked | undefined =>
    [...open.values()].find((asked) => asked.isWanted && asked.tab === tab && asked.token === token);

  return {
    ask(tab, token, question) {
      // A tab that introduces itself says again what it asks.
      if (of(tab, token) !== undefined) return;
      const asked = { id: ++lastId, tab, token, question, isSent: false, isWanted: true };
      open.set(asked.id, asked);
      put(asked);
    },
    end(tab, token) {
      const asked = of(tab, token);
      if (asked !== undefined) drop(asked);
    },
    closeTab(tab) {
      for (const asked of [...open.values()]) if (asked.tab === tab && asked.isWanted) drop(asked);
    },
    connected() {
      isConnected = true;
      for (const asked of open.values()) put(asked);
    },
    disconnected() {
      isConnected = false;
      calls = 0;
      for (const asked of [...open.values()]) {
        asked.isSent = false;
        if (!asked.isWanted) open.delete(asked.id);
      }
    },
    answered(answer) {
      const asked = open.get(answer.id);
      if (asked === undefined) return;
      open.delete(asked.id);
      if (asked.question.type === 'call' && asked.isSent) {
        calls -= 1;
        for (const waiting of open.values()) put(waiting);
      }
      if (asked.isWanted) options.answered(asked.tab, asked.token, answer);
    },
  };
}
