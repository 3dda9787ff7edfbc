import { assertNever, err, ok, type Result } from '@topgun/core/primitives';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostCommand, HostStarted } from '../../ports/partition-host.js';
import { BytesUnderWay, bytesOf } from './bytes-under-way.js';
import { packCommands, unpackEvents } from './crossing.js';
import type { HostLife, LifeNews } from './host-life.js';
import type { FromHost, HostStartFault, ToHost } from './host-messages.js';
import { TurnBatch } from './turn-batch.js';

/** As much of a worker thread as is used here. */
export interface Thread {
  postMessage(message: ToHost): void;
  on(event: 'message', receive: (message: FromHost) => void): unknown;
  on(event: 'error', receive: (error: unknown) => void): unknown;
  on(event: 'exit', receive: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
}

/** One life of a host's thread. Holds no command beyond the end of the turn. */
export class HostThread implements HostLife {
  /** What its start came to. */
  readonly started: Promise<Result<HostStarted, HostStartFault>>;
  /** When it has ended, for whatever reason; it says which. */
  readonly ended: Promise<string>;
  readonly #thread: Thread;
  readonly #commands: TurnBatch<HostCommand>;
  readonly #receive: (news: LifeNews) => void;
  readonly #underWay = new BytesUnderWay();
  #measuring: ((figures: ThreadFigures) => void)[] = [];
  #isAlive = true;
  #failure = 'it ended by itself';
  #drained: () => void = () => undefined;

  constructor(thread: Thread, receive: (news: LifeNews) => void) {
    this.#thread = thread;
    this.#receive = receive;
    this.#commands = new TurnBatch((commands) => {
      for (const crossing of packCommands(commands)) thread.postMessage({ type: 'commands', commands: crossing });
    });
    let begun: (outcome: Result<HostStarted, HostStartFault>) => void = () => undefined;
    this.started = new Promise((resolve) => (begun = resolve));
    thread.on('message', (message) => {
      switch (message.type) {
        case 'started':
          begun(ok(message.started));
          return;
        case 'start-failed':
          begun(err(message.fault));
          return;
        case 'drained':
          this.#drained();
          return;
        case 'stopped':
          // Whatever the app's own code has left running in it.
          void thread.terminate();
          return;
        case 'events':
          this.#underWay.taken(message.taken);
          for (const event of unpackEvents(message.events)) receive({ type: 'event', event });
          return;
        case 'measured':
          this.#measured(message.figures);
          return;
        case 'log':
        case 'audit':
        case 'trouble':
        case 'rows-behind':
          receive(message);
          return;
        default:
          assertNever(message);
      }
    });
    thread.on('error', (error) => {
      this.#failure = error instanceof Error ? error.message : String(error);
    });
    this.ended = new Promise((resolve) => {
      thread.on('exit', () => {
        this.#isAlive = false;
        this.#commands.drop();
        this.#underWay.clear();
        this.#measured([]);
        const message = `The thread of the data has ended while it started: ${this.#failure}.`;
        begun(err({ code: 'failed', message }));
        this.#drained();
        resolve(this.#failure);
      });
    });
  }

  get queued(): number {
    return this.#underWay.commands;
  }

  send(command: HostCommand): void {
    if (!this.#isAlive) return;
    if (this.#underWay.hasRoomFor(command)) {
      this.#underWay.add(command);
      this.#commands.add(command, bytesOf(command));
    } else this.#receive({ type: 'event', event: { type: 'session-error', session: command.session, ...TOO_MUCH } });
  }

  measure(): Promise<ThreadFigures> {
    if (!this.#isAlive) return Promise.resolve([]);
    if (this.#measuring.length === 0) this.#thread.postMessage({ type: 'measure' });
    return new Promise((resolve) => this.#measuring.push(resolve));
  }

  #measured(figures: ThreadFigures): void {
    for (const answer of this.#measuring.splice(0)) answer(figures);
  }

  /** PI-10. Resolves too when it ends before. */
  drain(): Promise<void> {
    return this.#ask('drain');
  }

  async stop(): Promise<void> {
    void this.#ask('stop');
    await this.ended;
  }

  /** At once, in the middle of whatever it does. `ended` resolves. */
  terminate(): void {
    void this.#thread.terminate();
  }

  #ask(type: 'drain' | 'stop'): Promise<void> {
    if (!this.#isAlive) return Promise.resolve();
    this.#commands.flush();
    const drained = new Promise<void>((resolve) => (this.#drained = resolve));
    this.#thread.postMessage({ type });
    return drained;
  }
}

const TOO_MUCH = {
  code: 'overloaded',
  reason: 'More ops are waiting than the server can write.',
  fatal: true,
} as const;
