import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientMessage } from '../../protocol/index.js';
import type { ServerAnswer, ServerQuestion } from '../ports/server-question.js';
import { createQuestions } from './questions.js';

const QUESTION: ServerQuestion = { type: 'read-journal', after: 7, limit: 10 };

function setUp() {
  const sent: ClientMessage[] = [];
  const answered: (readonly [tab: string, token: string, id: number])[] = [];
  const questions = createQuestions({
    send: (message) => sent.push(message),
    answered: (tab, token, { id }) => answered.push([tab, token, id]),
  });
  return { questions, sent, answered };
}

const answerTo = (id: number): ServerAnswer => ({ type: 'journal', id, events: [], through: 9, more: false });
const idsOf = (sent: readonly ClientMessage[], type: 'read-journal' | 'end-journal'): number[] =>
  sent.flatMap((message) => (message.type === type ? [message.id] : []));

test('JO-6: a question waits for the connection, and is asked on each until it is answered', () => {
  const { questions, sent, answered } = setUp();
  questions.ask('a', 't1', QUESTION);
  expect(sent).toEqual([]);
  questions.connected();
  expect(sent).toEqual([{ ...QUESTION, id: 1 }]);
  questions.disconnected();
  questions.connected();
  expect(idsOf(sent, 'read-journal')).toEqual([1, 1]);
  questions.answered(answerTo(1));
  questions.answered(answerTo(1));
  expect(answered).toEqual([['a', 't1', 1]]);
  questions.disconnected();
  questions.connected();
  expect(sent).toHaveLength(2);
});

test('JO-6: what nobody wants to know any more the server is told, and its answer is passed over', () => {
  const { questions, sent, answered } = setUp();
  questions.connected();
  questions.ask('a', 't1', QUESTION);
  questions.ask('b', 't1', QUESTION);
  questions.ask('b', 't2', QUESTION);
  questions.end('a', 't1');
  questions.end('a', 't2');
  questions.closeTab('b');
  expect(idsOf(sent, 'end-journal')).toEqual([1, 2, 3]);
  for (const id of [1, 2, 3, 9]) questions.answered(answerTo(id));
  expect(answered).toEqual([]);
});

test('JO-6: a tab that says again what it asks asks it once', () => {
  const { questions, sent } = setUp();
  questions.connected();
  for (let i = 0; i < 3; i += 1) questions.ask('a', 't1', QUESTION);
  expect(sent).toHaveLength(1);
});

type Step = {
  readonly do: 'ask' | 'end' | 'close' | 'answer' | 'up' | 'down';
  readonly tab: string;
  readonly n: number;
};
const steps = fc.array(
  fc.record({
    do: fc.constantFrom<Step['do']>('ask', 'ask', 'ask', 'end', 'close', 'answer', 'answer', 'up', 'down'),
    tab: fc.constantFrom('a', 'b'),
    n: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 60 },
);

test('JO-6: whatever happens, each question is answered at most once, and every open one has been asked on this connection', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { questions, sent, answered } = setUp();
      /** The plainest model: what is open, by tab and token. */
      const open = new Set<string>();
      let isUp = false;
      let since = 0;
      const idOf = new Map<string, number>();
      let last = 0;
      for (const { do: what, tab, n } of all) {
        const place = `${tab} t${n}`;
        if (what === 'ask') {
          if (!open.has(place)) idOf.set(place, (last += 1));
          open.add(place);
          questions.ask(tab, `t${n}`, QUESTION);
        } else if (what === 'end') {
          open.delete(place);
          questions.end(tab, `t${n}`);
        } else if (what === 'close') {
          for (const each of open) if (each.startsWith(tab)) open.delete(each);
          questions.closeTab(tab);
        } else if (what === 'answer' && isUp) {
          const before = answered.length;
          questions.answered(answerTo(n));
          const found = [...open].filter((each) => idOf.get(each) === n);
          expect(answered.slice(before).map(([who, token]) => `${who} ${token}`)).toEqual(found);
          for (const each of found) open.delete(each);
        } else if (what === 'up') {
          if (!isUp) since = sent.length;
          if (!isUp) questions.connected();
          isUp = true;
        } else if (what === 'down') {
          questions.disconnected();
          isUp = false;
        }
        if (!isUp) continue;
        const asked = idsOf(sent.slice(since), 'read-journal');
        for (const each of open) expect(asked.filter((id) => id === idOf.get(each))).toHaveLength(1);
      }
    }),
  );
});

const CALL: ServerQuestion = { type: 'call', caller: 'db' as never, call: 'c', name: 'pay' };
const callIdsOf = (sent: readonly ClientMessage[]): number[] =>
  sent.flatMap((message) => (message.type === 'call' ? [message.id] : []));

test('PR-4: at most 16 calls are without an answer on a connection; one that nobody wants to know of counts until it has it, and is not asked again', () => {
  const { questions, sent, answered } = setUp();
  questions.connected();
  for (let i = 1; i <= 18; i += 1) questions.ask('a', `t${i}`, CALL);
  questions.ask('a', 'journal', QUESTION);
  expect(callIdsOf(sent)).toHaveLength(16);
  expect(idsOf(sent, 'read-journal')).toEqual([19]);
  questions.end('a', 't1');
  questions.end('a', 't18');
  expect([callIdsOf(sent).length, idsOf(sent, 'end-journal')]).toEqual([16, []]);
  questions.answered({ type: 'called', id: 1 });
  expect([callIdsOf(sent).at(-1), answered]).toEqual([17, []]);
  questions.end('a', 't2');
  questions.disconnected();
  const before = sent.length;
  questions.connected();
  expect(callIdsOf(sent.slice(before))).toEqual(Array.from({ length: 15 }, (_, i) => i + 3));
  questions.answered({ type: 'called', id: 17 });
  expect(answered).toEqual([['a', 't17', 17]]);
});
