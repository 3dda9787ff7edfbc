import type { JournalMessage, JournalRefusedMessage, ReadJournalMessage } from '../../protocol/index.js';
import type { MemoryTransport } from './memory-transport.js';

type WireEvent = JournalMessage['events'][number];

/** A server's journal in the hands of a test: it holds what the test puts there, and answers as JO-3 says. */
export interface ScriptedJournal {
  /** Another event; its sequence. */
  add(event: Partial<WireEvent>): number;
  /** Events up to there are kept no more. */
  trim(through: number): void;
  /** The next questions are refused with these codes, one each. */
  refuse(...codes: readonly JournalRefusedMessage['code'][]): void;
  /** Says nothing to questions from now on. */
  hold(): void;
  /** Every question so far, on whatever connection. */
  readonly asked: readonly ReadJournalMessage[];
  /** How many wait for an answer on the last connection. */
  waiting(): number;
}

/** Sequences go by tens: they grow, and not by one. */
const STEP = 10;

export function createScriptedJournal(transport: MemoryTransport): ScriptedJournal {
  const events: WireEvent[] = [];
  const asked: ReadJournalMessage[] = [];
  const refusals: JournalRefusedMessage['code'][] = [];
  let waiting = new Map<number, ReadJournalMessage>();
  let trimmed = 0;
  let held = false;

  const answer = (question: ReadJournalMessage): void => {
    const { id, after, limit, maps, wait } = question;
    const latest = events.at(-1)?.sequence ?? trimmed;
    const send = (message: JournalMessage | JournalRefusedMessage): void => {
      waiting.delete(id);
      transport.last().send(message);
    };
    const code = refusals.shift();
    if (code !== undefined) return send({ type: 'journal-refused', id, code, reason: code });
    if (after === undefined) return send({ type: 'journal', id, events: [], through: latest, more: false });
    if (after > 0 && after < trimmed) {
      return send({ type: 'journal-refused', id, code: 'journal-trimmed', reason: 'gone', through: trimmed });
    }
    const found = events.filter(({ sequence, map }) => sequence > after && (maps?.includes(map) ?? true));
    if (found.length === 0 && wait === true) return;
    const page = found.slice(0, limit);
    const more = found.length > limit;
    send({ type: 'journal', id, events: page, through: more ? page.at(-1)!.sequence : Math.max(after, latest), more });
  };

  transport.onConnection((end) => {
    waiting = new Map();
    end.onMessage((message) => {
      if (message.type === 'end-journal') waiting.delete(message.id);
      if (message.type !== 'read-journal') return;
      asked.push(message);
      waiting.set(message.id, message);
      if (!held) answer(message);
    });
  });

  return {
    asked,
    add(event) {
      const sequence = (events.at(-1)?.sequence ?? trimmed) + STEP;
      const stamp = '-P7MYTkP---a.0';
      events.push({ sequence, type: 'add', map: 'todos', key: 'k', value: 1, author: null, stamp, ...event });
      if (!held) for (const question of waiting.values()) answer(question);
      return sequence;
    },
    trim(through) {
      trimmed = through;
      events.splice(0, events.filter(({ sequence }) => sequence <= through).length);
    },
    refuse: (...codes) => void refusals.push(...codes),
    hold() {
      held = true;
    },
    waiting: () => waiting.size,
  };
}
