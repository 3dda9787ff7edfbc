import type { Environment } from '../ports/environment.js';
import { heardLeader, needLeader, stepWatch, type Watch } from './leader-watch.js';

/** CL-4: a follower that sees to it that there is a leader. Liveness is the answer to a question. */
export interface LeaderWatch {
  /** The leader has said something, or another has begun to lead. */
  heard(): void;
  /** Something waits for the leader. */
  needs(): void;
  stop(): void;
}

export interface LeaderWatchOptions {
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  readonly ask: () => void;
  /** Who holds the lock: the silent one may have been replaced, and the next one not have come to answer yet. */
  readonly holder: () => Promise<string | null>;
  /** The holder is frozen. */
  readonly steal: () => void;
}

export function watchLeader({ environment, ask, holder, steal }: LeaderWatchOptions): LeaderWatch {
  const { clock, timers, log } = environment;
  let watch: Watch = needLeader(heardLeader(clock.now()));
  /** The row of questions that is being asked: whatever comes of an earlier one says nothing. */
  let row: { readonly holder: Promise<string | null> } | null = null;
  let cancel = schedule();

  function schedule(): () => void {
    return timers.after(Math.max(0, watch.dueAt - clock.now()), () => {
      const stepped = stepWatch(watch, clock.now());
      const silent = stepped.step === 'silent' ? row : null;
      ({ watch } = stepped);
      if (stepped.step === 'anew' || silent !== null) row = { holder: askHolder() };
      if (silent !== null) void suspect(silent.holder, row);
      ask();
      cancel = schedule();
    });
  }

  function become(next: Watch): void {
    watch = next;
    cancel();
    cancel = schedule();
  }

  async function askHolder(): Promise<string | null> {
    try {
      return await holder();
    } catch (error) {
      log('warn', 'the browser does not say which tab leads', error);
      return null;
    }
  }

  /** `now`: the row that began as the silent one ended. */
  async function suspect(first: Promise<string | null>, now: typeof row): Promise<void> {
    const [then, still] = [await first, await now?.holder];
    if (row === now && then !== null && then === still) steal();
  }

  return {
    heard() {
      row = null;
      become(heardLeader(clock.now()));
    },
    needs() {
      const next = needLeader(watch);
      if (next.dueAt !== watch.dueAt) become(next);
    },
    stop() {
      row = null;
      cancel();
    },
  };
}
