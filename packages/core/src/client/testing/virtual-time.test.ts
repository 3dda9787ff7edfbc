import { describe, expect, it } from 'vitest';
import { createVirtualTime } from './virtual-time.js';

describe('virtual time', () => {
  it('runs due timers in order of due time, then of creation, each at its own instant', async () => {
    const time = createVirtualTime({ startMs: 1000 });
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${time.clock.now()}`);
    time.timers.after(30, note('c'));
    time.timers.after(10, note('a'));
    time.timers.after(10, note('b'));
    time.timers.after(31, note('late'));
    await time.advance(30);
    expect(seen).toEqual(['a@1010', 'b@1010', 'c@1030']);
    expect(time.clock.now()).toBe(1030);
    expect(time.pendingTimers()).toBe(1);
  });

  it('lets a timer set another, and a long promise chain finish, within one advance', async () => {
    const time = createVirtualTime({ startMs: 0 });
    const seen: number[] = [];
    time.timers.after(5, () => {
      void (async () => {
        for (let i = 0; i < 500; i++) await Promise.resolve();
        time.timers.after(5, () => seen.push(time.clock.now()));
      })();
    });
    await time.advance(10);
    expect(seen).toEqual([10]);
  });

  it('runs one timer at a time, whenever it is due, and leaves what it causes to come', async () => {
    const time = createVirtualTime({ startMs: 0 });
    const seen: string[] = [];
    time.timers.after(1_000, () => {
      seen.push(`timer@${time.clock.now()}`);
      void Promise.resolve().then(() => seen.push('microtask'));
    });
    time.timers.after(2_000, () => seen.push('later'));
    expect(time.startNext()).toBe(true);
    expect(seen).toEqual(['timer@1000']);
    await time.settle();
    expect(seen).toEqual(['timer@1000', 'microtask']);
    expect([time.startNext(), time.startNext()]).toEqual([true, false]);
    expect(seen.at(-1)).toBe('later');
  });

  it('does not run a cancelled timer, and does not count it as pending', async () => {
    const time = createVirtualTime();
    let ran = false;
    const cancel = time.timers.after(1, () => (ran = true));
    cancel();
    expect(time.pendingTimers()).toBe(0);
    await time.advance(10);
    expect(ran).toBe(false);
  });

  it('runs the timers of a frozen device late, and those of a crashed one never', async () => {
    const time = createVirtualTime({ startMs: 0 });
    const frozen = time.device();
    const crashed = time.device();
    const seen: string[] = [];
    frozen.timers.after(10, () => seen.push(`frozen@${frozen.clock.now()}`));
    crashed.timers.after(10, () => seen.push('crashed'));
    frozen.freeze();
    crashed.crash();
    crashed.timers.after(1, () => seen.push('set after the crash'));
    await time.advance(100);
    expect(seen).toEqual([]);
    frozen.thaw();
    await time.advance(0);
    expect(seen).toEqual(['frozen@100']);
    expect(time.pendingTimers()).toBe(0);
  });

  it('shows each device its own wall clock, which may jump without moving timers', async () => {
    const time = createVirtualTime({ startMs: 1000 });
    const device = time.device({ skewMs: -400 });
    let ran = false;
    device.timers.after(50, () => (ran = true));
    expect(device.clock.now()).toBe(600);
    device.setSkew(90_000);
    expect(device.clock.now()).toBe(91_000);
    await time.advance(49);
    expect(ran).toBe(false);
    await time.advance(1);
    expect(ran).toBe(true);
  });
});
