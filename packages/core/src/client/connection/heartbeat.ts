export interface HeartbeatConfig {
  /** Between two pings. */
  readonly intervalMs: number;
  /** Silence of the server for so long means that the connection is dead. */
  readonly timeoutMs: number;
}

export const DEFAULT_HEARTBEAT: HeartbeatConfig = { intervalMs: 5_000, timeoutMs: 15_000 };

/** What is known about the connection's pulse. Times are of the device's clock, which may jump. */
export interface Pulse {
  /** When the server was last heard (any message counts), or was last given a new chance. */
  readonly heardAt: number;
  /** When the next beat is due. */
  readonly dueAt: number;
}

export function startPulse(config: HeartbeatConfig, now: number): Pulse {
  return { heardAt: now, dueAt: now + config.intervalMs };
}

export function heard(pulse: Pulse, now: number): Pulse {
  return { heardAt: now, dueAt: pulse.dueAt };
}

/**
 * CL-6: one beat of the timer. Silence proves a dead connection only when this timer itself ran on time: a tab that was
 * frozen or throttled, a machine that slept, or a clock that jumped makes the timer late, and says nothing of the server. Then it pings
 * and gives the server the full timeout once more.
 */
export function beat(
  config: HeartbeatConfig,
  pulse: Pulse,
  now: number,
): { readonly verdict: 'ping' | 'dead'; readonly pulse: Pulse } {
  const dueAt = now + config.intervalMs;
  const onTime = now - pulse.dueAt < config.intervalMs && now >= pulse.dueAt - config.intervalMs;
  if (!onTime) return { verdict: 'ping', pulse: { heardAt: now, dueAt } };
  const verdict = now - pulse.heardAt >= config.timeoutMs ? 'dead' : 'ping';
  return { verdict, pulse: { heardAt: pulse.heardAt, dueAt } };
}
