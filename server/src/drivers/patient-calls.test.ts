import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { AppendOutcome } from '../ports/ledger.js';
import { createManualTimers } from '../testing/manual-timers.js';
import { createPatientCalls } from './patient-calls.js';
import type { HeldUp, StoreCalls } from './store-calls.js';
import { StorageTroubleError, type StorageTrouble } from './storage-trouble.js';

const heldUp = (trouble: StorageTrouble): HeldUp => ({ type: 'held-up', trouble, reason: `it is ${trouble}` });
const committed = (position: number): AppendOutcome => ({ type: 'committed', position });

/** As a driver's errors say it. */
class Passing extends Error {
  readonly trouble: StorageTrouble;

  constructor(trouble: StorageTrouble) {
    super(`it is ${trouble}`);
    this.trouble = trouble;
  }
}

/** Calls that answer what they were told to, in order, and patience over them. */
function world(script: {
  readonly appends?: readonly (AppendOutcome | HeldUp)[];
  readonly renewals?: readonly (number | null | Error)[];
  readonly claim?: Error;
}) {
  const appends = [...(script.appends ?? [])];
  const renewals = [...(script.renewals ?? [])];
  const asked: string[] = [];
  const told: (StorageTrouble | null)[] = [];
  const timers = createManualTimers();
  const calls = {
    append: async (epoch: number, segment: Uint8Array) => {
      asked.push(`append ${epoch} ${segment.length}`);
      return appends.shift() ?? committed(99);
    },
    renew: async (epoch: number) => {
      asked.push(`renew ${epoch}`);
      const next = renewals.shift() ?? null;
      if (next instanceof Error) throw next;
      return next;
    },
    claim: async () => {
      throw script.claim;
    },
    close: async () => void asked.push('close'),
  } as unknown as StoreCalls;
  const patient = createPatientCalls({
    calls,
    troubleOf: (error) => (error instanceof Passing ? error.trouble : null),
    timers,
    onTrouble: (trouble) => told.push(trouble),
  });
  /** Lets pauses end until `promise` is settled. */
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    const mark = (): void => void (done = true);
    promise.then(mark, mark);
    while (!done) {
      timers.runAll();
      await Promise.resolve();
    }
    return promise;
  };
  return { patient, asked, told, timers, settled };
}

describe('a store that is patient', () => {
  it('PI-23: an append that storage has no room for waits, is asked for again as it was, and says when it is over', async () => {
    const { patient, asked, told, settled, timers } = world({
      appends: [heldUp('full'), heldUp('full'), heldUp('read-only'), committed(7)],
    });
    const append = patient.calls.append(3, new Uint8Array(5));
    while (timers.pending === 0) await Promise.resolve();
    expect(patient.trouble).toBe('full');
    expect(await settled(append)).toEqual(committed(7));
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'append 3 5'));
    expect(told).toEqual(['full', 'read-only', null]);
    expect(patient.trouble).toBe(null);
  });

  it('PI-23: so does a renewal, and after what waiting does not mend it rejects at once', async () => {
    const { patient, told, settled } = world({ renewals: [new Passing('failing'), 4, null, new Error('damaged')] });
    expect(await settled(patient.calls.renew(3))).toBe(4);
    expect(await settled(patient.calls.renew(4))).toBe(null);
    await expect(patient.calls.renew(4)).rejects.toThrow('damaged');
    expect(told).toEqual(['failing', null]);
  });

  it('PI-23: an unknown outcome ends the wait and not the trouble: the renewal that follows does', async () => {
    const { patient, settled } = world({
      appends: [heldUp('full'), { type: 'unknown', reason: '…' }],
      renewals: [2],
    });
    expect((await settled(patient.calls.append(1, new Uint8Array()))).type).toBe('unknown');
    expect(patient.trouble).toBe('full');
    await settled(patient.calls.renew(1));
    expect(patient.trouble).toBe(null);
  });

  it('PI-23: a claim does not wait: it says what is wrong', async () => {
    const { patient, told } = world({ claim: new Passing('full') });
    const failed = await patient.calls.claim().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StorageTroubleError);
    expect(failed).toMatchObject({ trouble: 'full', message: 'it is full' });
    expect(told).toEqual([]);
    await expect(world({ claim: new Error('damaged') }).patient.calls.claim()).rejects.not.toBeInstanceOf(
      StorageTroubleError,
    );
  });

  it('closing ends what waits: nothing was written', async () => {
    const { patient, asked, timers } = world({
      appends: Array.from({ length: 9 }, () => heldUp('full')),
      renewals: Array.from({ length: 9 }, () => new Passing('full')),
    });
    const append = patient.calls.append(1, new Uint8Array());
    const renewal = patient.calls.renew(1);
    const rejection = renewal.catch((error: unknown) => error);
    while (timers.pending < 2) await Promise.resolve();
    await patient.calls.close();
    expect(await append).toEqual({ type: 'failed', reason: 'the store is closed' });
    expect(await rejection).toMatchObject({ message: 'the store is closed' });
    expect([timers.pending, asked.filter((call) => call !== 'close')]).toEqual([0, ['append 1 0', 'renew 1']]);
  });

  it('PI-23: for any troubles, what comes of it is what came last, asked for once more than there were troubles', async () => {
    const trouble = fc.constantFrom<StorageTrouble>('full', 'read-only', 'locked', 'failing', 'out-of-reach');
    const outcome = fc.constantFrom<AppendOutcome>(
      committed(1),
      { type: 'fenced' },
      { type: 'failed', reason: 'too large' },
      { type: 'unknown', reason: 'no answer' },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 12 }), outcome, async (troubles, last) => {
        const { patient, asked, told, settled } = world({ appends: [...troubles.map(heldUp), last] });
        expect(await settled(patient.calls.append(1, new Uint8Array()))).toEqual(last);
        expect(asked).toHaveLength(troubles.length + 1);
        const changes = troubles.filter((each, i) => each !== troubles[i - 1]);
        const isOver = troubles.length > 0 && last.type !== 'unknown';
        expect(told).toEqual(isOver ? [...changes, null] : changes);
        expect(patient.trouble).toBe(told.at(-1) ?? null);
      }),
    );
  });
});
