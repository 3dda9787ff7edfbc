import { MESSAGE_EVENT } from '@topgun/core/protocol';

/** Types of an Engine.IO message and of a Socket.IO event. */
const ENGINE_MESSAGE = '4';
const EVENT = '2';
const START = `${EVENT}[${JSON.stringify(MESSAGE_EVENT)}`;

/** First byte of a WebSocket frame that holds a whole text. */
const WHOLE_TEXT = 0x81;
/** What is larger is framed where it is sent: then the copy costs more than the second piece. */
const MAX_FRAMED_CHARS = 16 * 1024;

/** What goes out at one moment: the text of a Socket.IO packet, and the same as a WebSocket frame where that pays. */
export interface MessagePacket {
  readonly text: string;
  readonly frame: Uint8Array | null;
}

/**
 * PT-1: one event with these messages, each given as its text: what Socket.IO's own encoder makes of them, without its search for something
 * binary. The frame is what the WebSocket would make of it, in one piece instead of two.
 */
export const messagePacket = (texts: readonly string[]): MessagePacket => packetOf(textOf(texts));

function textOf(texts: readonly string[]): string {
  let text = START;
  for (const each of texts) text += `,${each}`;
  return `${text}]`;
}

const packetOf = (text: string): MessagePacket => ({
  text,
  frame: text.length > MAX_FRAMED_CHARS ? null : frameOf(ENGINE_MESSAGE + text),
});

/** The same, which remembers the last one: what a commit means is often the same text for one client after the other. */
export function createMessagePackets(): (texts: readonly string[]) => MessagePacket {
  let last: MessagePacket | null = null;
  return (texts) => {
    const text = textOf(texts);
    if (last !== null && last.text === text) return last;
    const packet = packetOf(text);
    // A long one is not worth holding on to.
    last = packet.frame === null ? null : packet;
    return packet;
  };
}

function frameOf(text: string): Uint8Array {
  const bytes = Buffer.byteLength(text);
  const head = bytes < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + bytes);
  frame[0] = WHOLE_TEXT;
  if (head === 2) frame[1] = bytes;
  else {
    frame[1] = 126;
    frame.writeUInt16BE(bytes, 2);
  }
  frame.write(text, head);
  return frame;
}
