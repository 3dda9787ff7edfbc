import fc from 'fast-check';
import { expect, test } from 'vitest';

import { WaitingFrames, type Line, type WaitingFrame } from './waiting-frames.js';

interface Sent {
  readonly session: number;
  readonly isPiece: boolean;
}

/** A message of that session, told from others by its bytes. */
const frameOf = (session: object, bytes: number): WaitingFrame =>
  ({ session, bytes, batches: [{ ops: [[1, 'stamp', `m${bytes % 3}`]] }] }) as unknown as WaitingFrame;

const step = fc.oneof(
  fc.record({ session: fc.nat(3), isPiece: fc.boolean() }),
  fc.constantFrom<Line[]>('plain', 'pieces'),
  fc.record({ moves: fc.nat(3) }),
);

test('PI-39: from whichever line the next is taken, and whenever a session’s move among pieces, what it sent comes out in its order, each once', () => {
  let [mixed, moved] = [0, 0];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const sessions = [{}, {}, {}, {}];
      const waiting = new WaitingFrames();
      const sent: (Sent & { readonly bytes: number })[] = [];
      const came: WaitingFrame[] = [];
      const take = (line: Line): void => {
        const next = waiting.peek(line);
        waiting.shift(line);
        if (next !== undefined) came.push(next);
      };
      for (const each of steps) {
        if (typeof each === 'string') take(each);
        else if ('moves' in each) {
          const frame = frameOf(sessions[each.moves]!, 0);
          if (waiting.lineOf(frame, false) === 'plain' && waiting.hasBefore(frame)) moved += 1;
          waiting.moveToPieces(frame);
          expect(waiting.lineOf(frame, true)).toBe('pieces');
        } else {
          const frame = frameOf(sessions[each.session]!, sent.length);
          const hadOwn = [...waiting].some(({ session }) => session === frame.session);
          expect(waiting.hasBefore(frame)).toBe(hadOwn);
          const line = waiting.lineOf(frame, each.isPiece);
          // Alone it waits where it belongs.
          if (!hadOwn) expect(line).toBe(each.isPiece ? 'pieces' : 'plain');
          else if (line === 'plain' && each.isPiece) mixed += 1;
          waiting.push(line, frame);
          expect(waiting.isEmpty(line)).toBe(false);
          sent.push({ ...each, bytes: sent.length });
        }
        expect(waiting.length).toBe(sent.length - came.length);
        expect([...waiting]).toHaveLength(waiting.length);
      }
      for (const line of ['plain', 'pieces'] as const) while (!waiting.isEmpty(line)) take(line);
      expect(came).toHaveLength(sent.length);
      for (const [i, session] of sessions.entries()) {
        const own = came.filter((frame) => frame.session === session).map(({ bytes }) => bytes);
        expect(own).toEqual(sent.filter((each) => each.session === i).map(({ bytes }) => bytes));
      }
    }),
    { numRuns: 150 },
  );
  expect(mixed).toBeGreaterThan(20);
  expect(moved).toBeGreaterThan(20);
});

test('nothing waits any more once it is cleared', () => {
  const waiting = new WaitingFrames();
  waiting.push('plain', frameOf({}, 1));
  waiting.push('pieces', frameOf({}, 2));
  waiting.clear();
  expect([waiting.length, waiting.peek('plain'), waiting.peek('pieces')]).toEqual([0, undefined, undefined]);
});
