import { beforeEach, describe, expect, it } from 'vitest';
import { appsThere, type AppTodos } from '../../../../tests/app-models/app-todos.js';
import { describeModelTable } from '../../ports/model-table.contract.js';
import type { Cell } from '../../ports/model-table.js';
import { model, type ModelOptions } from '../../services/models/model.js';
import { prismaColumns } from './prisma-columns.js';
import { createPrismaModelTable } from './prisma-model-table.js';

type Options = ModelOptions<keyof AppTodos['todo']['fields']>;

const BASICS: Options = {
  key: 'id',
  fields: { text: 'text', done: 'isDone', rank: 'rank' },
  updatedAt: 'updatedAt',
};

function tableOf(app: AppTodos, options: Options) {
  const bound = model(app.todo, options);
  const columns = prismaColumns('todos', bound);
  if (!columns.ok) throw new Error(columns.error);
  return createPrismaModelTable(bound.delegate, columns.value, { now: () => Date.now() });
}

const apps = appsThere();

it.skipIf(apps.length < 2)('models are tried on SQLite and on PostgreSQL', () => {
  expect(apps.map(({ provider }) => provider)).toEqual(['sqlite', 'postgresql']);
});

for (const { provider, app } of apps) {
  let changes = 0n;
  const place = (options: Options) => () => ({
    table: tableOf(app, options),
    clear: async () => void (await app.todo.deleteMany({})),
    change: async (id: string, text: string) => {
      const data = { text, updatedAt: new Date(Date.now() + 5_000), serial: (changes += 1n) };
      await app.todo.updateMany({ where: { id }, data });
    },
  });
  describeModelTable(`a model on ${provider}`, place(BASICS));
  describeModelTable(`a model on ${provider} that marks what is deleted`, place({ ...BASICS, deletedAt: 'deletedAt' }));
  describeModelTable(`a model on ${provider} that counts changes`, place({ ...BASICS, counter: 'serial' }));

  describe(`what ${provider} holds`, () => {
    beforeEach(async () => void (await app.todo.deleteMany({})));

    it('MO-2: every type of column gives back what it was given', async () => {
      const types = ['text', 'isDone', 'rank', 'size', 'serial', 'price', 'dueAt', 'meta', 'photo'] as const;
      const table = tableOf(app, { key: 'id', fields: Object.fromEntries(types.map((name) => [name, name])) });
      const cells: Cell[] = [
        '',
        true,
        -(2 ** 31),
        0.1,
        '9223372036854775807',
        '1234.5',
        86_400_001,
        '{"a":[1,null]}',
        'AQI',
      ];
      const of = (values: readonly Cell[]) => new Map(values.map((cell, at) => [at, cell]));
      expect(await table.insert([{ key: 'ключ', cells: of(cells) }])).toEqual([{ type: 'written' }]);
      const [row] = await table.read(['ключ']);
      expect(row).toMatchObject({ cells, fault: null, changedAt: null });
      const empty: Cell[] = ['x', false, null, null, null, null, null, null, null];
      expect(await table.update(row!, { key: 'ключ', cells: of(empty) })).toEqual({ type: 'written' });
      expect((await table.read(['ключ']))[0]!.cells).toEqual(empty);
    });

    it('MO-1: what cannot be a mapping is said in a sentence', async () => {
      const why = (options: ModelOptions): string => {
        const columns = prismaColumns('todos', { delegate: app.todo, options });
        return columns.ok ? '' : columns.error;
      };
      expect(why({ key: 'id', fields: { a: 'nope' } })).toBe('the model has no column "nope"');
      expect(why({ key: 'price', fields: { a: 'text' } })).toBe(
        'the key is price, a Decimal, where it can be String or Int or BigInt',
      );
      expect(why({ key: 'id', fields: { a: 'text', b: 'text' } })).toBe('the column text is named twice');
      expect(why({ key: 'id', fields: { a: { column: 'text', as: 'number' } } })).toContain('not given as a number');
      expect(why({ key: 'id', fields: { a: 'text' }, pollMs: 5 })).toBe('pollMs needs updatedAt or a counter');
      expect(why({ key: 'id', fields: {} })).toBe('no field is mapped');
      expect(await tableOf(app, { key: 'owner', fields: { text: 'text' } }).check()).toEqual({
        ok: false,
        error: 'the column owner does not hold each key once: it needs @id or @unique',
      });
      const marked = { key: 'id', fields: { text: 'text' }, deletedAt: 'updatedAt' } as const;
      expect(await tableOf(app, marked).check()).toMatchObject({ ok: false });
    });
  });
}
