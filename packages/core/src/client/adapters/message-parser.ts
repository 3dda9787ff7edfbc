import { Decoder, Encoder, PacketType, type Packet } from 'socket.io-parser';

/**
 * PT-1: writes events as Socket.IO's own parser does, without its search through all that is sent for something binary: there is nothing.
 * Whatever else Socket.IO says it says itself.
 */
class MessageEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    const isMessage = packet.type === PacketType.EVENT && packet.nsp === '/' && packet.id === undefined;
    return isMessage ? [`${packet.type}${JSON.stringify(packet.data)}`] : super.encode(packet);
  }
}

/** What Socket.IO takes as its `parser`. */
export const messageParser = { Encoder: MessageEncoder, Decoder };
