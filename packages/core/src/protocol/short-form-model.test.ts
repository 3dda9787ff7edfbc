import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLIENT_SAMPLES, SERVER_SAMPLES } from './message-samples.arbitrary.js';
import { clientMessages, serverMessages } from './messages.arbitrary.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { shortened, type Json } from './short-form-model.arbitrary.js';
import { longForm, shortForm } from './short-forms.js';

type Wire = { readonly [name: string]: Json };
const wire = (message: unknown): Wire => JSON.parse(JSON.stringify(message)) as Wire;

const SIDES = [
  ['client', clientMessages, parseClientMessage],
  ['server', serverMessages, parseServerMessage],
] as const;

describe.each(SIDES)('PT-8: short forms of a %s', (_side, messages, parse) => {
  test('are those that the specification’s words say', () => {
    fc.assert(
      fc.property(messages as fc.Arbitrary<ClientMessage | ServerMessage>, (message) => {
        expect(wire(shortForm(message))).toEqual(shortened(wire(message)));
      }),
      { numRuns: 400 },
    );
  });

  test('may be short in some places and long in others: all of it means the same', () => {
    fc.assert(
      fc.property(
        messages as fc.Arbitrary<ClientMessage | ServerMessage>,
        fc.infiniteStream(fc.boolean()),
        (message, choices) => {
          const mixed = shortened(wire(message), () => choices.next().value as boolean);
          expect(longForm(mixed)).toEqual(wire(message));
          expect(parse(mixed)).toEqual(parse(wire(message)));
        },
      ),
      { numRuns: 400 },
    );
  });
});

const ALL = [...CLIENT_SAMPLES, ...SERVER_SAMPLES].map(({ message }) => [message.type, message] as const);

describe.each(ALL)('PT-8: %s', (_type, message) => {
  test('in its short form says the same, is not written to, and is read again as often as one likes', () => {
    const before = wire(message);
    const short = wire(shortForm(message as never));
    expect(short).toEqual(shortened(before));
    expect(wire(message)).toEqual(before);
    expect(longForm(short)).toEqual(before);
    expect(longForm(longForm(short))).toEqual(before);
    expect(short).toEqual(shortened(before));
  });
});

describe('PT-8: what is no short form stays as it is', () => {
  const STAMP = '-------5---';
  const RECORD = [`${STAMP}a.0`, 1, '', [], ['', null]];

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'submit'],
    ['a list', [1]],
    ['a message of no type', { batches: [[1, []]] }],
    ['a submit without batches', { type: 'submit' }],
    ['a submit of one', { type: 'submit', batches: { 0: [1, []] } }],
    ['rows without changes', { type: 'rows', changes: null }],
    ['a verdict of no list', { type: 'decided', verdicts: 3 }],
    ['a batch that is no list', { type: 'submit', batches: [null, 'x', { partition: 1 }] }],
    ['changes of another message', { type: 'push', changes: [['enter', 'k', RECORD]] }],
    ['batches of another message', { type: 'announce', batches: [[1, []]] }],
    ['verdicts of another message', { type: 'announced', verdicts: [1] }],
    ['a change that is no list', { type: 'rows', changes: [1, null, { 0: 'enter' }] }],
    [
      'one that brings nothing',
      {
        type: 'rows',
        changes: [
          ['gone', 'k'],
          ['enter', 'k'],
        ],
      },
    ],
    ['one that is gone with a record', { type: 'rows', changes: [['gone', 'k', [STAMP, 1, STAMP, []]]] }],
    [
      'a record that is none',
      {
        type: 'rows',
        changes: [
          ['enter', 'k', STAMP],
          ['out', 'k', null],
        ],
      },
    ],
    ['a record too short', { type: 'rows', changes: [['enter', 'k', [STAMP, 1, STAMP]]] }],
    ['a record too long', { type: 'rows', changes: [['enter', 'k', [STAMP, 1, '', [], [STAMP, 1], 1]]] }],
    ['a record whose fields are none', { type: 'rows', changes: [['enter', 'k', [STAMP, 1, '', {}]]] }],
    ['a field that is none', { type: 'rows', changes: [['enter', 'k', [`${STAMP}a`, 1, STAMP, [['f']]]]] }],
    ['a field stamped by a number', { type: 'rows', changes: [['enter', 'k', [`${STAMP}a`, 1, STAMP, [['f', 1]]]]] }],
    ['an end that is none', { type: 'rows', changes: [['enter', 'k', [`${STAMP}a`, 1, STAMP, [], [STAMP]]]] }],
    ['a record that exists by a number', { type: 'rows', changes: [['enter', 'k', [1, 1, STAMP, []]]] }],
    ['a floor that is none', { type: 'rows', changes: [['enter', 'k', [`${STAMP}a`, 1, null, [['f', STAMP]]]]] }],
  ])('%s', (_what, input) => {
    const before = structuredClone(input);
    expect(longForm(input)).toEqual(before);
    expect(input).toEqual(before);
  });

  test('an op is made longer only by the replica of its batch, and only where its stamp is short', () => {
    const opsOf = (...ops: readonly unknown[]): unknown =>
      (longForm({ type: 'submit', batches: [[1, ops, 'a.0']] }) as { batches: readonly { ops: unknown }[] }).batches[0]!
        .ops;
    expect(opsOf([1, STAMP, 'm'])).toEqual([[1, `${STAMP}a.0`, 'm']]);
    for (const odd of ['', STAMP.slice(1), `${STAMP}b`, 5, null]) expect(opsOf([1, odd])).toEqual([[1, odd]]);
    for (const odd of [null, 'x', { 1: STAMP }]) expect(opsOf(odd)).toEqual([odd]);
    const batches = longForm({
      type: 'submit',
      batches: [
        [1, [[1, STAMP]]],
        [2, 'ops', 7],
        [3, [[1, STAMP]]],
      ],
    });
    expect(batches).toEqual({
      type: 'submit',
      batches: [
        { replica: undefined, partition: 1, ops: [[1, STAMP]] },
        { replica: 7, partition: 2, ops: 'ops' },
        { replica: 7, partition: 3, ops: [[1, STAMP]] },
      ],
    });
  });

  test('a change that cannot be made longer has no part in what a stamp before says', () => {
    const changes = [
      ['enter', 'a', [`${STAMP}a.0`, 1, '', []]],
      ['enter', 'b', [`${STAMP}b.0`, 1, 5, []]],
      ['enter', 'c', [STAMP, 1, '', []]],
    ];
    expect(longForm({ type: 'rows', changes })).toEqual({
      type: 'rows',
      changes: [changes[0], changes[1], ['enter', 'c', [`${STAMP}a.0`, 1, '', []]]],
    });
  });
});
