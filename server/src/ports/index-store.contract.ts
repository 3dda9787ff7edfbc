import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IndexName, IndexStore } from './index-store.js';

/** One durable place; each `open` is another process that uses it. */
export interface IndexStorePlace {
  open(): IndexStore;
  destroy(): Promise<void>;
}

const name = (subject: string, kind: string): IndexName => ({ subject, kind });

export async function* given(...parts: readonly (string | Error)[]): AsyncIterable<string> {
  for (const part of parts) {
    await Promise.resolve();
    if (part instanceof Error) throw part;
    yield part;
  }
}

async function all(parts: AsyncIterable<string>): Promise<readonly string[]> {
  const read: string[] = [];
  for await (const part of parts) read.push(part);
  return read;
}

/** What every `IndexStore` keeps. */
export function indexStoreContract(driver: string, createPlace: () => Promise<IndexStorePlace>): void {
  describe(`SE-46: index store contract: ${driver}`, () => {
    let place: IndexStorePlace;
    beforeEach(async () => {
      place = await createPlace();
    });
    afterEach(() => place.destroy());

    test('what was written is there for another process, part for part, and nothing under another name', async () => {
      const parts = ['a', 'é "\\n" \u2028 🎉', 'x'.repeat(100_000), '[1,2]'];
      await place.open().write(name('a1', '0f'), given(...parts));
      const other = place.open();
      expect(await all(other.read(name('a1', '0f')))).toEqual(parts);
      expect(await all(other.read(name('a1', '0e')))).toEqual([]);
      expect(await all(other.read(name('a2', '0f')))).toEqual([]);
    });

    test('of a subject the last is kept, of whatever kind, and those of other subjects stay', async () => {
      const store = place.open();
      await store.write(name('a', '1'), given('first'));
      await store.write(name('ab', '1'), given('other'));
      await store.write(name('a', '2'), given('second'));
      expect(await all(store.read(name('a', '1')))).toEqual([]);
      expect(await all(store.read(name('a', '2')))).toEqual(['second']);
      expect(await all(store.read(name('ab', '1')))).toEqual(['other']);
    });

    test('what is given up in the middle leaves what there was', async () => {
      const store = place.open();
      await store.write(name('a', '1'), given('whole'));
      await expect(store.write(name('a', '2'), given('half', new Error('changed')))).rejects.toThrow('changed');
      expect(await all(store.read(name('a', '1')))).toEqual(['whole']);
      expect(await all(store.read(name('a', '2')))).toEqual([]);
    });
  });
}
