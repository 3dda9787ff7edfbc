import { describe, expect, it } from 'vitest';

import { ledgerContract } from '../../ports/ledger.contract.js';
import type { LedgerSegment } from '../../ports/ledger.js';
import { snapshotStoreContract } from '../../ports/snapshot-store.contract.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createDurableStore } from '../durable-store.js';
import { createMemoryBucket } from './memory-object-store.js';
import { createObjectStoreCalls } from './object-store-calls.js';
import { MANIFEST } from './object-snapshots.js';

let minted = 0;
const mint = (): string => `name-${(minted += 1)}`;

function setUp() {
  const bucket = createMemoryBucket();
  const timers = createManualTimers();
  const troubles: (string | null)[] = [];
  const open = () => {
    const calls = createObjectStoreCalls({
      store: bucket.open(),
      timers,
      mint,
      onTrouble: (reason) => void troubles.push(reason),
    });
    return createDurableStore(calls, () => (calls.isOutOfReach ? 'out-of-reach' : null));
  };
  return { bucket, timers, troubles, open };
}

ledgerContract(
  'objects in memory',
  async () => {
    const { open } = setUp();
    return { open: async () => open().ledger, destroy: async () => undefined };
  },
  100,
);
snapshotStoreContract('objects in memory', async () => {
  const { open } = setUp();
  return { open: async () => open(), destroy: async () => undefined };
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textsIn(ledger: ReturnType<ReturnType<typeof setUp>['open']>['ledger']): Promise<string[]> {
  const segments: LedgerSegment[] = [];
  for await (const chunk of ledger.read(0)) segments.push(...chunk);
  return segments.map(({ bytes }) => new TextDecoder().decode(bytes));
}

/** Lets promises settle, and whatever waits for time. */
async function pass(timers: ReturnType<typeof createManualTimers>): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    timers.runAll();
  }
}

describe('a bucket that fails', () => {
  it.each(['lost', 'done-unheard'] as const)(
    'PI-2: of an append whose answer was %s nothing is said until the claim is renewed',
    async (fault) => {
      const { bucket, open } = setUp();
      const { ledger } = open();
      await ledger.claim();
      await ledger.append(bytesOf('a'));
      bucket.failNext(fault);
      expect((await ledger.append(bytesOf('b'))).type).toBe('unknown');
      expect(await ledger.renew()).toBe(2);
      const isThere = fault === 'done-unheard';
      expect(await textsIn(ledger)).toEqual(isThere ? ['a', 'b'] : ['a']);
      expect(await ledger.append(bytesOf('c'))).toEqual({ type: 'committed', position: isThere ? 3 : 2 });
    },
  );

  it('PI-2: an append that arrives late, after the claim was renewed, comes to nothing', async () => {
    const { bucket, open } = setUp();
    const { ledger } = open();
    await ledger.claim();
    await ledger.append(bytesOf('a'));
    // As a request that was held up on its way.
    const late = bucket.open().create.bind(null, 'log/0000000000000001/0000000000000002', bytesOf('TGS1late'));
    await ledger.renew();
    expect(await late()).toBe('exists');
    expect(await ledger.append(bytesOf('b'))).toEqual({ type: 'committed', position: 2 });
    expect(await textsIn(ledger)).toEqual(['a', 'b']);
  });

  it('PI-2: an append that is refused has written nothing, and may be tried again', async () => {
    const { bucket, open } = setUp();
    const { ledger } = open();
    await ledger.claim();
    bucket.failNext('refused');
    expect((await ledger.append(bytesOf('a'))).type).toBe('failed');
    expect(await ledger.append(bytesOf('b'))).toEqual({ type: 'committed', position: 1 });
  });

  it.each(['lost', 'done-unheard'] as const)(
    'PI-3: a claim, a renewal and a seal whose answers are %s are made once',
    async (fault) => {
      const { bucket, timers, open } = setUp();
      const { ledger } = open();
      bucket.failNext(fault);
      const claim = ledger.claim();
      await pass(timers);
      expect(await claim).toMatchObject({ epoch: 1, position: 0 });
      await ledger.append(bytesOf('a'));
      bucket.failNext(fault, fault);
      const renewal = ledger.renew();
      await pass(timers);
      expect(await renewal).toBe(2);
      expect(await ledger.append(bytesOf('b'))).toEqual({ type: 'committed', position: 2 });
      expect(await textsIn(ledger)).toEqual(['a', 'b']);
    },
  );

  it('waits while nobody is reached, says so, and goes on', async () => {
    const { bucket, timers, troubles, open } = setUp();
    const store = open();
    await store.ledger.claim();
    bucket.cut();
    expect((await store.ledger.append(bytesOf('a'))).type).toBe('unknown');
    expect(store.trouble).toBe('out-of-reach');
    let renewed: number | null | undefined;
    void store.ledger.renew().then((epoch) => (renewed = epoch));
    await pass(timers);
    expect([renewed, troubles]).toEqual([undefined, ['the bucket is out of reach']]);
    bucket.restore();
    await pass(timers);
    expect([renewed, troubles.at(-1), store.trouble]).toEqual([2, null, null]);
  });

  it('closed, it waits no more', async () => {
    const { bucket, timers, open } = setUp();
    const store = open();
    bucket.cut();
    let refused: unknown = null;
    store.ledger.claim().catch((error: unknown) => (refused = error));
    await pass(timers);
    await store.close();
    await pass(timers);
    expect(String(refused)).toContain('closed');
  });
});

describe('what is left behind', () => {
  it('PI-14: seals stay for ever: an owner that wakes up after the log was trimmed behind it appends nothing', async () => {
    const { open } = setUp();
    const old = open().ledger;
    await old.claim();
    for (const text of ['a', 'b']) await old.append(bytesOf(text));
    const next = open().ledger;
    await next.claim();
    for (const text of ['c', 'd']) await next.append(bytesOf(text));
    await next.trim(4);
    expect(await textsIn(next)).toEqual(['d']);
    expect(await old.append(bytesOf('late'))).toEqual({ type: 'fenced' });
  });

  it('PI-13: snapshots that no manifest says are removed by the next owner', async () => {
    const { bucket, open } = setUp();
    const { ledger, snapshots } = open();
    const { epoch } = await ledger.claim();
    const snapshot = { partition: 1, position: 1, head: bytesOf('h'), records: bytesOf('x') };
    await snapshots.write(epoch, [snapshot], { through: 1, lineage: 'l' });
    await bucket.open().create('snapshots/001-9-orphan', bytesOf('y'));
    await open().ledger.claim();
    expect([...bucket.objects.keys()].filter((key) => key.startsWith('snapshots/'))).toHaveLength(2);
    expect(bucket.objects.has(MANIFEST)).toBe(true);
  });

  it('PI-13, PI-21: an owner that is frozen while it removes what is left over takes none of the snapshots that its successor has written meanwhile', async () => {
    const { bucket, timers, open } = setUp();
    let thaw = (): void => undefined;
    const thawed = new Promise<void>((resolve) => (thaw = resolve));
    const store = bucket.open();
    const slow = createObjectStoreCalls({
      store: {
        ...store,
        list: async (prefix, after) => {
          if (prefix === 'snapshots/') await thawed;
          return store.list(prefix, after);
        },
      },
      timers,
      mint,
    });
    await bucket.open().create('snapshots/001-9-orphan', bytesOf('y'));
    const claiming = slow.claim();
    await pass(timers);
    const successor = open();
    const { epoch } = await successor.ledger.claim();
    expect(epoch).toBe(2);
    const snapshot = { partition: 1, position: 1, head: bytesOf('h'), records: bytesOf('x') };
    expect(await successor.snapshots.write(epoch, [snapshot], { through: 1, lineage: 'l' })).toBe(true);
    thaw();
    await claiming;
    expect(await successor.snapshots.records(1)).toEqual({ position: 1, bytes: bytesOf('x') });
    expect(bucket.objects.has('snapshots/001-9-orphan')).toBe(false);
  });

  it('damage is named', async () => {
    const { bucket, open } = setUp();
    const { ledger } = open();
    await ledger.claim();
    const store = bucket.open();
    await store.create('log/0000000000000001/0000000000000001', bytesOf('rubbish'));
    await expect(textsIn(ledger)).rejects.toThrow(
      'the segment 1 in log/0000000000000001/0000000000000001 is missing or damaged',
    );
    await store.create('log/notes.txt', bytesOf('x'));
    await expect(textsIn(ledger)).rejects.toThrow("log/notes.txt is not TopGun's");
  });

  it('PI-4: there are no rows, and nothing waits for them to be written', async () => {
    const { open } = setUp();
    const { ledger, coldStore } = open();
    await ledger.claim();
    await ledger.append(bytesOf('a'));
    expect(await coldStore.through()).toBe(1);
    await coldStore.write([], 7);
    expect([await coldStore.through(), await coldStore.rows('m')]).toEqual([7, []]);
  });
});
