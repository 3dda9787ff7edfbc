import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MAX_ALL_WAITING_BYTES, MAX_WAITING_BYTES } from '../../op-pipeline/waiting-bytes.js';
import type { HostCommand } from '../../ports/partition-host.js';
import { BytesUnderWay } from './bytes-under-way.js';

const submit = (session: string, bytes: number): HostCommand => ({ type: 'submit', session, batches: [], bytes });

test('PI-35: what is under way is what was sent and not taken; one session has no more of it than may wait in the host, nor have all', () => {
  const message = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(MAX_WAITING_BYTES)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(message, fc.nat(9))), (steps) => {
      const underWay = new BytesUnderWay();
      let model: { readonly session: string; readonly bytes: number }[] = [];
      for (const step of steps) {
        if (typeof step === 'number') {
          const taken = Math.min(step, model.length);
          underWay.taken(taken);
          model = model.slice(taken);
        } else {
          underWay.add({ type: 'close-view', session: 'a', sub: 1 });
          model.push({ session: 'a', bytes: 0 });
          for (const [session, bytes] of step) {
            const held = model.filter((each) => each.session === session).reduce((sum, each) => sum + each.bytes, 0);
            const hasRoom = bytes === 0 || held + bytes <= MAX_WAITING_BYTES;
            expect(underWay.hasRoomFor(submit(session, bytes))).toBe(hasRoom);
            if (!hasRoom) continue;
            underWay.add(submit(session, bytes));
            model.push({ session, bytes });
          }
        }
        expect(underWay.commands).toBe(model.length);
      }
    }),
    { numRuns: 100 },
  );
});

test('PI-35: all sessions together have no more under way than may wait in the host', () => {
  const underWay = new BytesUnderWay();
  const full = MAX_ALL_WAITING_BYTES / MAX_WAITING_BYTES;
  for (let i = 0; i < full; i += 1) {
    const command = submit(`s${i}`, MAX_WAITING_BYTES);
    expect(underWay.hasRoomFor(command)).toBe(true);
    underWay.add(command);
  }
  expect(underWay.hasRoomFor(submit('another', 1))).toBe(false);
  underWay.taken(1);
  expect(underWay.hasRoomFor(submit('another', 1))).toBe(true);
  underWay.clear();
  expect(underWay.commands).toBe(0);
});
