import { Encoder, PacketType, type Packet } from 'socket.io-parser';
import { expect, test } from 'vitest';

import { messageParser } from './message-parser.js';

const PACKETS: readonly Packet[] = [
  { type: PacketType.CONNECT, nsp: '/', data: { protocol: 1, replicas: [['r.0', 0]], lineage: null } },
  { type: PacketType.CONNECT, nsp: '/other', data: { a: 1 } },
  { type: PacketType.DISCONNECT, nsp: '/' },
  { type: PacketType.EVENT, nsp: '/', data: ['m', { type: 'ping', at: 1 }] },
  {
    type: PacketType.EVENT,
    nsp: '/',
    data: ['m', { text: '"\\\u2028\u{1F600}\ud800', nested: [[], {}, null, true, 1e300] }],
  },
  { type: PacketType.EVENT, nsp: '/other', data: ['m', 1] },
  { type: PacketType.EVENT, nsp: '/', id: 7, data: ['m', 1] },
  { type: PacketType.ACK, nsp: '/', id: 7, data: [] },
  { type: PacketType.CONNECT_ERROR, nsp: '/', data: { message: 'no' } },
];

test('PT-1: what a client says is on the wire as any Socket.IO client says it', () => {
  const ours = new messageParser.Encoder();
  const theirs = new Encoder();
  for (const packet of PACKETS) expect(ours.encode({ ...packet })).toEqual(theirs.encode({ ...packet }));
});
