import { describe, expect, it } from 'vitest';

import { createTurns } from './turns.js';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('turns', () => {
  it('run one at a time, urgent ones first, each kind in order', async () => {
    const turns = createTurns(turnOfTheLoop);
    const events: string[] = [];
    const task = (name: string) => async (): Promise<string> => {
      events.push(`${name} begins`);
      await turnOfTheLoop();
      events.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      turns.run('patient', task('p1')),
      turns.run('patient', task('p2')),
      turns.run('urgent', task('u1')),
      turns.run('urgent', task('u2')),
    ]);
    expect(results).toEqual(['p1', 'p2', 'u1', 'u2']);
    expect(events).toEqual(['u1', 'u2', 'p1', 'p2'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('PI-3: a message that arrives while a patient task runs goes before the patient ones that wait', async () => {
    const turns = createTurns(turnOfTheLoop);
    const order: string[] = [];
    const first = turns.run('patient', async () => {
      // Arrives from another thread: an event of the loop, not a microtask.
      setImmediate(() => void turns.run('urgent', async () => void order.push('append')));
      order.push('chunk 1');
    });
    const second = turns.run('patient', async () => void order.push('chunk 2'));
    await Promise.all([first, second]);
    expect(order).toEqual(['chunk 1', 'append', 'chunk 2']);
  });

  it('a task that fails fails alone', async () => {
    const turns = createTurns(turnOfTheLoop);
    const failing = turns.run('urgent', () => Promise.reject(new Error('no')));
    const next = turns.run('urgent', async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
