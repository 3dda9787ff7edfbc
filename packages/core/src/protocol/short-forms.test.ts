import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientMessages, damaged, serverMessages } from './messages.arbitrary.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { longForm, shortForm, shortFormSchemas } from './short-forms.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import * as z from 'zod/mini';

const wire = (message: unknown): unknown => JSON.parse(JSON.stringify(message)) as unknown;

const SUBMIT = {
  type: 'submit',
  batches: [
    {
      replica: 'a.0',
      partition: 1,
      ops: [
        [1, '-P7MYTkP---a.0', 'm', 'k', 'd'],
        [2, '-P7MYTkP---b.0', 'm', 'k', 'd'],
      ],
    },
    { replica: 'a.0', partition: 2, ops: [] },
    { replica: 'b.0', partition: 2, ops: [] },
  ],
} as unknown as ClientMessage;

describe('short forms', () => {
  test('PT-8: a message says the same in its short form, which is read like the long one', () => {
    fc.assert(
      fc.property(clientMessages, serverMessages, (up, down) => {
        expect(longForm(wire(shortForm(up)))).toEqual(wire(up));
        expect(longForm(wire(shortForm(down)))).toEqual(wire(down));
        expect(parseClientMessage(wire(shortForm(up)))).toEqual(parseClientMessage(wire(up)));
        expect(parseServerMessage(wire(shortForm(down)))).toEqual(parseServerMessage(wire(down)));
        expect(JSON.stringify(shortForm(up)).length).toBeLessThanOrEqual(JSON.stringify(up).length);
        expect(JSON.stringify(shortForm(down)).length).toBeLessThanOrEqual(JSON.stringify(down).length);
      }),
      { numRuns: 1_000 },
    );
  });

  test('PT-8: what is left out is what the place says', () => {
    expect(shortForm(SUBMIT)).toEqual({
      type: 'submit',
      batches: [
        // A stamp of another replica is whole: it will be refused as such.
        [
          1,
          [
            [1, '-P7MYTkP---', 'm', 'k', 'd'],
            [2, '-P7MYTkP---b.0', 'm', 'k', 'd'],
          ],
          'a.0',
        ],
        [2, []],
        [2, [], 'b.0'],
      ],
    });
    const decided = { type: 'decided' as const, position: 1, replica: 'a.0' as never, verdicts: [], rejected: [] };
    expect(
      shortForm({
        ...decided,
        verdicts: [
          [1, 'applied'],
          [2, 'superseded'],
        ],
      }),
    ).toEqual({
      type: 'decided',
      position: 1,
      replica: 'a.0',
      verdicts: [1, [2, 'superseded']],
    });
  });

  test('PT-8: in rows, a stamp of the replica before is without it', () => {
    const rows = (stamps: readonly string[]): ServerMessage => ({
      type: 'rows',
      sub: 1,
      n: 0,
      through: 1,
      changes: [
        [
          'enter',
          'a',
          [
            stamps[0],
            1,
            '',
            [
              ['x', '', 1],
              ['y', stamps[1], 2],
            ],
            [stamps[2], null],
          ],
        ],
        ['gone', 'b'],
        ['update', 'c', ['', 0, stamps[3], [['x', stamps[4]]]]],
      ] as never,
      done: true,
      full: false,
    });
    const [mine, yours] = ['-P7MYTkP---a.0', '-P7MYTkP---b.0'] as const;
    const long = rows([mine, mine, yours, yours, mine]);
    expect(shortForm(long)).toEqual(rows([mine, '-P7MYTkP---', yours, '-P7MYTkP---', mine]));
    expect(longForm(wire(shortForm(long)))).toEqual(long);
    // Nobody's before is nobody's: what comes of it is no stamp.
    expect(parseServerMessage(rows(['-P7MYTkP---', mine, mine, mine, mine]))).toMatchObject({
      ok: false,
      error: { at: '$.changes[0][2][0]' },
    });
  });

  test('PT-8: whatever arrives is made longer or left, and never an exception', () => {
    fc.assert(
      fc.property(damaged(fc.oneof(clientMessages, serverMessages).map(shortForm)), (message) => {
        longForm(message);
        parseClientMessage(message);
        parseServerMessage(message);
      }),
      { numRuns: 1_000 },
    );
    for (const rubbish of [
      null,
      7,
      [],
      { type: 'submit' },
      { type: 'submit', batches: [7, [], [[], 7, 7], [1, [7, [], [1]]]] },
    ]) {
      expect(() => longForm(rubbish)).not.toThrow();
    }
  });

  test.each([
    [[[1, []]], '$.batches[0].replica'],
    [[[271, [], 'a.0']], '$.batches[0].partition'],
    [[[1, [[1, '-P7MYTkP--!', 'm', 'k', 'd']], 'a.0']], '$.batches[0].ops[0][1]'],
    [[[1, 7, 'a.0']], '$.batches[0].ops'],
  ])('PT-3, PT-8: the place of an error is that in the long form: %j', (batches, at) => {
    expect(parseClientMessage({ type: 'submit', batches })).toMatchObject({ ok: false, error: { at } });
  });

  test('the schemas of the frozen hash are those forms', () => {
    const [batch, op, verdict] = shortFormSchemas();
    const short = shortForm(SUBMIT) as { batches: readonly (readonly [number, readonly unknown[]])[] };
    for (const one of short.batches) expect(z.safeParse(batch!, one).success).toBe(true);
    expect(z.safeParse(op!, short.batches[0]![1][0]).success).toBe(true);
    for (const one of [1, [1, 'superseded']]) expect(z.safeParse(verdict!, one).success).toBe(true);
  });
});
