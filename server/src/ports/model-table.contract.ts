import { beforeEach, describe, expect, it } from 'vitest';
import type { Cell, ModelTable, RowWrite, TableRow } from './model-table.js';

/** A table with the columns `text` (which no two rows share, and at most 40 characters), `done`, and `rank`. */
export interface TablePlace {
  readonly table: ModelTable;
  /** Removes all rows. */
  clear(): Promise<void>;
  /** Another program changes the row, and says so in its time of change. */
  change(key: string, text: string): Promise<void>;
}

const row = (key: string, text: string, isDone = false, rank: Cell = null): RowWrite => ({
  key,
  cells: new Map<number, Cell>([
    [0, text],
    [1, isDone],
    [2, rank],
  ]),
});

/** What every table that maps are bound to has to do (MO-1). */
export function describeModelTable(name: string, open: () => TablePlace): void {
  describe(`MO-1 ${name}`, () => {
    let place: TablePlace;
    let table: ModelTable;

    beforeEach(async () => {
      place = open();
      ({ table } = place);
      await place.clear();
    });

    const one = async (key: string): Promise<TableRow> => (await table.read([key]))[0]!;

    it('is as its mapping says, and reads what was inserted', async () => {
      expect(await table.check()).toEqual({ ok: true, value: undefined });
      expect(await table.insert([row('a', 'one', true, 7), row('b', 'two')])).toEqual([
        { type: 'written' },
        { type: 'written' },
      ]);
      const rows = await table.read(['b', 'a', 'c']);
      expect([...rows].sort((x, y) => (x.key < y.key ? -1 : 1))).toMatchObject([
        { key: 'a', cells: ['one', true, 7], isMarked: false, fault: null },
        { key: 'b', cells: ['two', false, null], isMarked: false, fault: null },
      ]);
    });

    it('gives all rows page by page, each once, and those alone that have changed since a mark', async () => {
      const keys = ['a', 'b', 'c', 'd', 'e'];
      expect(await table.mark()).toBeNull();
      await table.insert(keys.map((key) => row(key, `text ${key}`)));
      const found: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await table.page(after, 2, null);
        found.push(...page.map(({ key }) => key));
        if (page.length < 2) break;
        after = page.at(-1)!.key;
      }
      expect(found).toEqual(keys);
      await place.change('c', 'changed');
      const mark = await table.mark();
      expect((await table.page(null, 10, mark)).map(({ key }) => key)).toContain('c');
      expect(await table.page(null, 10, Number(mark) + 1)).toEqual([]);
    });

    it('updates and removes only what is as it was read', async () => {
      await table.insert([row('a', 'one')]);
      const read = await one('a');
      await place.change('a', 'theirs');
      const write = { key: 'a', cells: new Map<number, Cell>([[1, true]]) };
      expect(await table.update(read, write)).toEqual({ type: 'raced' });
      expect(await table.remove(read)).toEqual({ type: 'raced' });
      expect(await table.update(await one('a'), write)).toEqual({ type: 'written' });
      expect((await one('a')).cells).toEqual(['theirs', true, null]);
      expect(await table.remove(await one('a'))).toEqual({ type: 'written' });
      expect((await table.read(['a'])).filter(({ isMarked }) => !isMarked)).toEqual([]);
    });

    it('says which row it does not take, and takes the others', async () => {
      await table.insert([row('a', 'one')]);
      const outcomes = await table.insert([
        row('b', 'two'),
        row('c', 'x'.repeat(41)),
        row('d', 'one'),
        row('a', 'mine'),
      ]);
      expect(outcomes.map(({ type }) => type)).toEqual(['written', 'refused', 'refused', 'raced']);
      const update = { key: 'b', cells: new Map<number, Cell>([[0, 'one']]) };
      expect(await table.update(await one('b'), update)).toMatchObject({ type: 'refused' });
      expect((await one('b')).cells[0]).toBe('two');
    });
  });
}
