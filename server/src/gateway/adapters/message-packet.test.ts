import { MESSAGE_EVENT, messageText, shortForm, type ServerMessage } from '@topgun/core/protocol';
import fc from 'fast-check';
import { Encoder, PacketType } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { createMessagePackets, messagePacket } from './message-packet.js';

const push = (key: string): ServerMessage => ({
  type: 'push',
  through: 3,
  subs: [{ sub: 1, n: 0, changes: [['gone', key]], full: true }],
});
const pong: ServerMessage = { type: 'pong', at: 1, serverTime: 2, through: 3 };

const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"\\\u2028', '\u{1F600}', '\ud800', 'é'),
  fc.nat(20_000).map((length) => 'é'.repeat(length)),
  // Around the length at which a frame's head grows.
  fc.integer({ min: 0, max: 60 }).map((length) => 'x'.repeat(length)),
);

test('PT-1: a packet is the text that Socket.IO makes of the same messages', () => {
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 3 }), (keys) => {
      const messages = [pong, ...keys.map(push)];
      const data = [MESSAGE_EVENT, ...messages.map(shortForm)];
      expect([messagePacket(messages.map(messageText)).text]).toEqual(
        new Encoder().encode({ type: PacketType.EVENT, nsp: '/', data }),
      );
    }),
  );
});

/** Reads one frame of a server as a WebSocket does (RFC 6455, 5.2). */
function unframed(frame: Uint8Array): { readonly first: number; readonly text: string } {
  const bytes = Buffer.from(frame);
  const short = bytes[1]!;
  expect(short).toBeLessThan(127);
  const length = short < 126 ? short : bytes.readUInt16BE(2);
  const body = bytes.subarray(short < 126 ? 2 : 4);
  expect(body.length).toBe(length);
  return { first: bytes[0]!, text: body.toString('utf8') };
}

test('PT-1: the frame holds the text, as UTF-8, with the length before it', () => {
  fc.assert(
    fc.property(key, (each) => {
      const { text, frame } = messagePacket([messageText(push(each))]);
      expect(frame === null).toBe(text.length > 16 * 1024);
      if (frame !== null) expect(unframed(frame)).toEqual({ first: 0x81, text: `4${text}` });
    }),
    { numRuns: 500 },
  );
});

test("PT-1: who is told what the one before was told gets the same frame; nobody gets another's", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'é'.repeat(20_000)), { maxLength: 12 }), (keys) => {
      const packets = createMessagePackets();
      let before: Uint8Array | null = null;
      for (const [i, each] of keys.entries()) {
        const texts = [messageText(push(each))];
        const { text, frame } = packets(texts);
        expect({ text, frame }).toEqual(messagePacket(texts));
        if (keys[i - 1] === each && frame !== null) expect(frame).toBe(before);
        before = frame;
      }
    }),
  );
});
