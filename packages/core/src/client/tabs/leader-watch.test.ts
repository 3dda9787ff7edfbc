import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { heardLeader, IDLE_MS, needLeader, QUESTION_MS, stepWatch, type Watch } from './leader-watch.js';

/** Steps taken at the moments that timers run at, each so late; what each came to. */
function run(watch: Watch, latenessMs: readonly number[]): readonly string[] {
  let current = watch;
  return latenessMs.map((lateMs) => {
    const { step, watch: next } = stepWatch(current, current.dueAt + lateMs);
    current = next;
    return step;
  });
}

describe('watching a leader', () => {
  it('CL-4: two questions without an answer, each over on time, are a frozen leader', () => {
    expect(run(heardLeader(1_000), [0, 0, 0])).toEqual(['anew', 'ask', 'silent']);
  });

  it('CL-4: a timer that ran late says nothing: the questions begin anew', () => {
    expect(run(heardLeader(1_000), [0, 0, 20_000, 0, 0])).toEqual(['anew', 'ask', 'anew', 'ask', 'silent']);
    expect(run(heardLeader(1_000), [0, 5_000, 5_000, 5_000, 5_000])).toEqual(Array(5).fill('anew'));
    expect(run(heardLeader(1_000), [0, 0, -90_000, 0])).toEqual(['anew', 'ask', 'anew', 'ask']);
  });

  it('CL-4: whoever needs the leader asks soon, unless it was heard just now, and never twice at once', () => {
    const quiet = heardLeader(1_000);
    expect(quiet.dueAt).toBe(1_000 + IDLE_MS);
    expect(needLeader(quiet).dueAt).toBe(1_000 + QUESTION_MS);
    expect(needLeader(needLeader(quiet))).toEqual(needLeader(quiet));
    const { watch: asking } = stepWatch(quiet, quiet.dueAt);
    expect(needLeader(asking)).toEqual(asking);
  });

  it('CL-4: silence is found only after two whole questions that nothing interrupted', () => {
    const lateness = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -100_000, max: 100_000 })), { maxLength: 30 });
    fc.assert(
      fc.property(lateness, (latenessMs) => {
        run(heardLeader(0), latenessMs).forEach((step, at, steps) => {
          if (step !== 'silent') return;
          expect(latenessMs.slice(at - 1, at + 1).every((lateMs) => Math.abs(lateMs) < QUESTION_MS)).toBe(true);
          expect(['anew', 'silent']).toContain(steps[at - 2]);
          expect(steps[at - 1]).toBe('ask');
        });
      }),
    );
  });
});
