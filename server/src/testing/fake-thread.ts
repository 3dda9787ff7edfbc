import { EventEmitter } from 'node:events';
import type { FromHost, ToHost } from '../drivers/worker/host-messages.js';
import type { Thread } from '../drivers/worker/host-thread.js';

/** A thread that does what a test says, and nothing else. */
export class FakeThread extends EventEmitter implements Thread {
  readonly received: ToHost[] = [];
  isTerminated = false;

  postMessage(message: ToHost): void {
    this.received.push(structuredClone(message));
  }

  terminate(): Promise<void> {
    this.isTerminated = true;
    this.die(null);
    return Promise.resolve();
  }

  /** As the host in it would. */
  say(message: FromHost): void {
    this.emit('message', structuredClone(message));
  }

  /** It ends, for a reason or without one. */
  die(error: unknown): void {
    if (error !== null) this.emit('error', error);
    this.emit('exit', 1);
  }
}
