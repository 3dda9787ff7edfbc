import { io, type Socket } from 'socket.io-client';
import type { ReplicaId } from '../../packages/core/src/clock/index.js';
import type { Attack, Attacks } from './attacks.js';

/** Sent without waiting for what the server says to it. */
const BURST = 30;

export interface AttackerOptions {
  readonly url: string;
  readonly token: string;
  readonly replica: ReplicaId;
  readonly attacks: Attacks;
  /** Everything that reaches the socket, as text. */
  readonly heard: (text: string) => void;
}

/** One connection after another that sends what it is given, and begins anew whenever it is cut off. */
export async function attack(options: AttackerOptions, messages: () => boolean): Promise<void> {
  let socket: Socket | null = null;
  let issued = 0;
  let beats = 0;
  let going = messages();
  while (going) {
    socket ??= await connect(options, issued);
    if (socket === null) return;
    const burst: Attack[] = [];
    for (; going && burst.length < BURST; going = messages()) {
      const next = options.attacks.next(options.replica, () => (issued += 1));
      burst.push(next);
      if (next.mayEnd) {
        going = messages();
        break;
      }
    }
    beats += 1;
    if (!(await send(socket, burst, beats))) socket = null;
  }
  socket?.disconnect();
}

/** Whether the connection stands afterwards. */
async function send(socket: Socket, burst: readonly Attack[], beat: number): Promise<boolean> {
  const { engine } = socket.io;
  const at = 1e9 + beat;
  const answered = new Promise<boolean>((resolve) => {
    const listen = (text: unknown): void => {
      if (typeof text === 'string' && text.includes(`"pong","at":${at},`)) done(true);
    };
    const done = (stands: boolean): void => {
      engine.off('data', listen);
      resolve(stands);
    };
    engine.on('data', listen);
    socket.once('disconnect', () => done(false));
    if (!socket.connected) done(false);
  });
  for (const { packet } of burst) engine.write(packet as string);
  engine.write(`2["m",{"type":"ping","at":${at}}]`);
  return answered;
}

/** `null`: nobody is there any more. */
async function connect(
  { url, token, replica, attacks, heard }: AttackerOptions,
  issued: number,
): Promise<Socket | null> {
  for (let tries = 0; tries < 3; tries += 1) {
    const socket = io(url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      // One that is refused is followed by one that is not.
      auth: {
        protocol: 1,
        replicas: [[replica, issued]],
        lineage: null,
        token,
        ...(tries < 2 ? { subs: attacks.subs() } : {}),
      },
    });
    socket.io.on('open', () => void socket.io.engine.on('data', (text: unknown) => heard(String(text))));
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(true));
      socket.on('connect_error', () => resolve(false));
    });
    if (isConnected) return socket;
    socket.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return null;
}
