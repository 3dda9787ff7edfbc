import { describe, expect, test } from 'vitest';
import { createHlc, type Hlc } from './hlc.js';
import type { ReplicaId, Stamp } from './timestamp.js';

// Every run of four steps of three replicas that write and tell each other, with clocks that disagree: 12^4 of them.

const REPLICAS = ['a.0', 'b.0', 'c.0'] as const;

type Step =
  | { readonly type: 'write'; readonly by: number; readonly jump: number }
  | { readonly type: 'tell'; readonly from: number; readonly to: number };

const STEPS: readonly Step[] = [
  ...[0, 1, 2].flatMap((by) => [
    { type: 'write' as const, by, jump: 1 },
    { type: 'write' as const, by, jump: -5 },
  ]),
  ...[0, 1, 2].flatMap((from) =>
    [0, 1, 2].filter((to) => to !== from).map((to) => ({ type: 'tell' as const, from, to })),
  ),
];

/** An event, and all that its replica had seen by then: what happened before it. */
interface Event {
  readonly stamp: Stamp;
  readonly after: ReadonlySet<Event>;
}

interface Replica {
  readonly clock: Hlc;
  now: number;
  readonly seen: Set<Event>;
}

function run(steps: readonly Step[]): readonly Event[] {
  const replicas = REPLICAS.map((name, i): Replica => {
    return { clock: createHlc({ replica: name as ReplicaId }), now: 1_000 + 10 * i, seen: new Set() };
  });
  const events: Event[] = [];
  for (const step of steps) {
    if (step.type === 'write') {
      const replica = replicas[step.by]!;
      replica.now += step.jump;
      const event = { stamp: replica.clock.tick(replica.now), after: new Set(replica.seen) };
      replica.seen.add(event);
      events.push(event);
      continue;
    }
    const [from, to] = [replicas[step.from]!, replicas[step.to]!];
    for (const event of from.seen) {
      expect(to.clock.receive(event.stamp, to.now).ok).toBe(true);
      to.seen.add(event);
    }
  }
  return events;
}

function forEachRun(length: number, visit: (steps: readonly Step[]) => void, begun: readonly Step[] = []): void {
  if (begun.length === length) return visit(begun);
  for (const step of STEPS) forEachRun(length, visit, [...begun, step]);
}

describe('what was seen before', () => {
  test('CR-1: is stamped before, whatever the clocks say; no two events share a stamp', () => {
    let runs = 0;
    let broken = 0;
    forEachRun(4, (steps) => {
      runs += 1;
      const events = run(steps);
      if (new Set(events.map(({ stamp }) => stamp)).size !== events.length) broken += 1;
      for (const { stamp, after } of events) for (const earlier of after) if (earlier.stamp >= stamp) broken += 1;
    });
    expect([runs, broken]).toEqual([STEPS.length ** 4, 0]);
  });

  test('CR-1: the same check finds a clock that takes no note of what it receives', () => {
    const [a, b] = [createHlc({ replica: 'a.0' as ReplicaId }), createHlc({ replica: 'b.0' as ReplicaId })];
    const first = a.tick(1_010);
    expect(b.tick(1_000) > first).toBe(false);
    b.receive(first, 1_000);
    expect(b.tick(1_000) > first).toBe(true);
  });
});
