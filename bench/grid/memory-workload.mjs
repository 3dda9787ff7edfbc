// Records of about 200 bytes with five fields, each of strings of its own: as they come from JSON, nothing is shared.

import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { opToWire, wireToOp } from '../../packages/core/dist/crdt/index.js';

export const MAP = 'todos';
const REPLICA = 'device-7Yp3kQ.tab-2';
const LIMITS = { keyBytes: 1_000, allowsEmptyPatch: false };
const NOTE = 'Bring what was left at the office, ask for the second key, and tell the others when it is done. ';

export const keyOf = (i) => `todo-${i.toString(36).padStart(8, '0')}`;

export const createOf = (i) =>
  arrived({
    kind: 'create',
    seq: i + 1,
    stamp: encodeStamp({ millis: 1_700_000_000_000 + i, counter: 0, replica: REPLICA }),
    key: keyOf(i),
    restart: false,
    fields: [
      { name: 'title', value: `Call number ${i * 7_919} about the delivery` },
      { name: 'list', value: `list-${i % 1_000}` },
      { name: 'score', value: (i * 31) % 10_007 },
      { name: 'done', value: i % 2 === 0 },
      { name: 'note', value: `${NOTE}${i}` },
    ],
  });

export const editOf = (i, times) =>
  arrived({
    kind: 'patch',
    seq: 2_000_000_000 + i,
    stamp: encodeStamp({ millis: 1_710_000_000_000 + i, counter: times, replica: REPLICA }),
    key: keyOf(i),
    fields: [{ name: 'score', value: i + times }],
  });

/** The op as a server has it once it was sent. */
function arrived(op) {
  const wire = opToWire({ ...op, map: MAP, replica: REPLICA });
  const decoded = wireToOp(REPLICA, JSON.parse(JSON.stringify(wire)), LIMITS);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}
