import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionId } from '../ports/partition-host.js';
import { createOpSession, type OpSession } from './op-session.js';
import type { Frame } from './stages.js';
import { MAX_ALL_WAITING_BYTES, MAX_USER_WAITING_BYTES, MAX_WAITING_BYTES, WaitingBytes } from './waiting-bytes.js';

const MiB = 1024 * 1024;

const sessionOf = (principal: string | null, id: number): OpSession => ({
  ...createOpSession(`s${id}` as SessionId),
  identity: principal === null ? null : { principal, claims: { sub: principal }, expiresAtMs: null },
});
const frameOf = (session: OpSession, bytes: number): Frame => ({ session, bytes }) as Frame;

test('PI-2: one user’s sessions together leave most of what may wait to others', () => {
  const waiting = new WaitingBytes();
  const sessions = Array.from({ length: 200 }, (_, i) => sessionOf('eve', i));
  const taken = sessions.filter((session) => waiting.hold(frameOf(session, 7 * MiB)) === null);
  expect(taken.length).toBe(4);
  expect(waiting.hold(frameOf(sessionOf('ann', 0), 7 * MiB))).toBe(null);
  waiting.release(frameOf(taken[0]!, 7 * MiB));
  expect(waiting.hold(frameOf(sessionOf('eve', 201), 7 * MiB))).toBe(null);
});

test('PI-2: of a session, a user and all no more waits than may, and what is released may wait again', () => {
  const step = fc.record({
    who: fc.nat(59),
    MiB: fc.integer({ min: 1, max: 9 }),
    releases: fc.nat(7).map((n) => n === 0),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 300 }), (steps) => {
      const waiting = new WaitingBytes();
      const users = ['ann', 'bob', 'eve', null, 'joe', 'kim', 'lee', 'may', 'ned', 'olga', 'pat', 'quin'];
      const sessions = Array.from({ length: 60 }, (_, i) => sessionOf(users[i % users.length]!, i));
      const held: Frame[] = [];
      const sum = (frames: readonly Frame[]): number => frames.reduce((total, { bytes }) => total + bytes, 0);
      for (const { who, MiB: size, releases } of steps) {
        if (releases && held.length > 0) {
          waiting.release(held.splice(who % held.length, 1)[0]!);
          continue;
        }
        const session = sessions[who]!;
        const frame = frameOf(session, size * MiB);
        const principal = session.identity?.principal;
        const its = held.filter((one) => one.session === session);
        const users = held.filter((one) => principal !== undefined && one.session.identity?.principal === principal);
        const mayWait =
          sum(its) + frame.bytes <= MAX_WAITING_BYTES &&
          (principal === undefined || sum(users) + frame.bytes <= MAX_USER_WAITING_BYTES) &&
          sum(held) + frame.bytes <= MAX_ALL_WAITING_BYTES;
        expect(waiting.hold(frame) === null).toBe(mayWait);
        if (mayWait) held.push(frame);
        expect(waiting.bytes).toBe(sum(held));
      }
    }),
  );
});
