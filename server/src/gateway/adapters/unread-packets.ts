import { Decoder, Encoder, PacketType } from 'socket.io-parser';
import { MAX_NESTING, nestsDeeper } from '../wire-text.js';

/** What Socket.IO hands an event on as: its one argument is the text of the packet. No client can say it. */
export const RAW_EVENT = Symbol('the text of an event');

/** A hello is a token, at most 256 replicas, and at most 64 subscriptions, of which clients say no more than 16 K characters. */
const MAX_HELLO_CHARS = 128 * 1024;

/**
 * Socket.IO's own parser, but for events: their text is handed on as it came, so that nothing is taken apart before it is known that it is not too large,
 * that it does not nest without end, and that its turn has come. A hello that is larger than any can be is not read either.
 */
class UnreadDecoder extends Decoder {
  override add(packet: unknown): void {
    if (typeof packet === 'string' && packet.startsWith(EVENT)) {
      this.emitReserved('decoded', { type: PacketType.EVENT, nsp: '/', data: [RAW_EVENT, packet] } as never);
      return;
    }
    if (typeof packet === 'string' && (packet.length > MAX_HELLO_CHARS || nestsDeeper(packet, MAX_NESTING))) {
      throw new Error('This is no hello.');
    }
    super.add(packet);
  }
}

const EVENT = String(PacketType.EVENT);

/** What Socket.IO takes as its `parser`. */
export const unreadPackets = { Encoder, Decoder: UnreadDecoder };
