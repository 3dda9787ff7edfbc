import { systemClock } from './system-clock.js';

/** So long the page may be kept from what it has to do; a frame is twice as long. */
const SLICE_MS = 8;

let waiting: (() => void)[] = [];
let channel: MessageChannel | null = null;

function take(): void {
  const [run] = waiting;
  waiting = waiting.slice(1);
  run?.();
}

/** A page, or a worker of one. */
const isBrowser = typeof document !== 'undefined' || 'WorkerGlobalScope' in globalThis;

/**
 * Runs it in a turn of its own: the page has its own first. In a browser by a message: timers of no delay are made to wait there when one has
 * set the next, and are rationed in the background. Returns what calls it off.
 */
export function inNextTurn(run: () => void): () => void {
  if (!isBrowser) {
    const timer = setTimeout(run, 0);
    return () => clearTimeout(timer);
  }
  if (channel === null) {
    channel = new MessageChannel();
    channel.port1.onmessage = take;
  }
  let isCalledOff = false;
  waiting.push(() => {
    if (!isCalledOff) run();
  });
  channel.port2.postMessage(null);
  return () => {
    isCalledOff = true;
  };
}

/** For work in slices: `pause` after each step, which begins a new turn when this one has taken its time. */
export function createSlices(): { readonly pause: () => Promise<void> | null } {
  let begun = systemClock.now();
  return {
    pause() {
      const passed = systemClock.now() - begun;
      // The clock may be set back meanwhile.
      if (passed >= 0 && passed < SLICE_MS) return null;
      return new Promise((resolve) => {
        inNextTurn(() => {
          begun = systemClock.now();
          resolve();
        });
      });
    },
  };
}
