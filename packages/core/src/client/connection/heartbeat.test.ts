import { describe, expect, it } from 'vitest';

import { beat, DEFAULT_HEARTBEAT as CONFIG, heard, startPulse, type Pulse } from './heartbeat.js';

/** Beats on time from `from` until the verdict is not `ping`; gives the number of pings and when it died. */
function beatUntilDead(pulse: Pulse, max: number): { pings: number; deadAt: number | null } {
  let current = pulse;
  for (let pings = 0; pings < max; pings += 1) {
    const now = current.dueAt;
    const { verdict, pulse: next } = beat(CONFIG, current, now);
    if (verdict === 'dead') return { pings, deadAt: now };
    current = next;
  }
  return { pings: max, deadAt: null };
}

describe('CL-6: the heartbeat', () => {
  it('pings every interval, and calls a connection dead after the timeout', () => {
    expect(beatUntilDead(startPulse(CONFIG, 1_000), 10)).toEqual({ pings: 2, deadAt: 16_000 });
  });

  it('any message counts', () => {
    let pulse = startPulse(CONFIG, 0);
    for (let i = 0; i < 20; i += 1) {
      pulse = heard(pulse, pulse.dueAt - 1);
      const result = beat(CONFIG, pulse, pulse.dueAt);
      expect(result.verdict).toBe('ping');
      pulse = result.pulse;
    }
    expect(beatUntilDead(pulse, 10).deadAt).not.toBeNull();
  });

  it('a timer that ran late pings first, and gives the full timeout again', () => {
    const pulse = startPulse(CONFIG, 0);
    const late = beat(CONFIG, pulse, 3_600_000);
    expect(late.verdict).toBe('ping');
    expect(beatUntilDead(late.pulse, 10)).toEqual({ pings: 2, deadAt: 3_615_000 });
  });

  it('a clock that jumps, either way, proves nothing about the server', () => {
    let pulse = beat(CONFIG, startPulse(CONFIG, 100_000), 105_000).pulse;
    const forward = beat(CONFIG, pulse, pulse.dueAt + 3_600_000);
    expect(forward.verdict).toBe('ping');
    pulse = forward.pulse;
    const back = beat(CONFIG, pulse, pulse.dueAt - 3_600_000);
    expect(back.verdict).toBe('ping');
    expect(beatUntilDead(back.pulse, 10).pings).toBe(2);
  });

  it('a little late is on time', () => {
    let pulse = startPulse(CONFIG, 0);
    const verdicts: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const result = beat(CONFIG, pulse, pulse.dueAt + 500);
      verdicts.push(result.verdict);
      pulse = result.pulse;
    }
    expect(verdicts).toContain('dead');
  });
});
