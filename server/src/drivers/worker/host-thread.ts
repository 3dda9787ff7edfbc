import { err, ok, type Result } from '@topgun/core/primitives';
import type { HostCommand, HostStarted } from '../../ports/partition-host.js';
import { bytesOf } from './bytes-under-way.js';
import { packCommands } from './crossing.js';
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

type Told = Exclude<FromHost, { type: 'started' | 'start-failed' | 'drained' | 'stopped' }>;

/** One life of a host's thread. */
export class HostThread {
  /** What its start came to. */
  readonly started: Promise<Result<HostStarted, HostStartFault>>;
  /** When it has ended, for whatever reason; it says which. */
  readonly ended: Promise<string>;
  readonly #thread: Thread;
  readonly #commands: TurnBatch<HostCommand>;
  #isAlive = true;
  #failure = 'it ended by itself';
  #drained: () => void = () => undefined;

  constructor(thread: Thread, receive: (message: Told) => void) {
    this.#thread = thread;
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
        default:
          receive(message);
      }
    });
    thread.on('error', (error) => {
      this.#failure = error instanceof Error ? error.message : String(error);
    });
    this.ended = new Promise((resolve) => {
      thread.on('exit', () => {
        this.#isAlive = false;
        this.#commands.drop();
        const message = `The thread of the data has ended while it started: ${this.#failure}.`;
        begun(err({ code: 'failed', message }));
        this.#drained();
        resolve(this.#failure);
      });
    });
  }

  send(command: HostCommand): void {
    if (this.#isAlive) this.#commands.add(command, bytesOf(command));
  }

  /** Answered by `measured`. */
  measure(): void {
    if (this.#isAlive) this.#thread.postMessage({ type: 'measure' });
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
