import { checkKey, err, MAX_KEY_BYTES, ok } from '@topgun/core/primitives';
import type { Clock } from '../../ports/environment.js';
import type { Cell, ChangeMark, ModelTable, RowOutcome, RowWrite, TableRow } from '../../ports/model-table.js';
import { cellToStored, storedToCell } from '../../services/models/columns.js';
import type { ModelDelegate } from '../../services/models/model.js';
import { isOfPrisma, isOutOfReach, isUnusable, lastLine } from './prisma-errors.js';
import type { PrismaColumns } from './prisma-columns.js';

const WRITTEN: RowOutcome = { type: 'written' };
const RACED: RowOutcome = { type: 'raced' };

/** The database may keep times more exactly than a `Date` tells them. */
const sameMs = (millis: number): object => ({ gte: new Date(millis), lt: new Date(millis + 1) });

type Arguments = Record<string, unknown>;

/** MO-1: a table behind a model of the app's own Prisma client. Of the client nothing is used but the model, and no transactions. */
export function createPrismaModelTable(delegate: ModelDelegate, columns: PrismaColumns, clock: Clock): ModelTable {
  const { key, mapping, updatedAt, deletedAt, polled } = columns;
  const names = [key.column, updatedAt, deletedAt, ...mapping.columns.map(({ column }) => column)];
  const select = Object.fromEntries(names.flatMap((name) => (name === null ? [] : [[name, true]])));

  const storedKey = (text: string): unknown => {
    if (key.type === 'String') return text;
    const whole = /^(0|-?[1-9]\d{0,18})$/.test(text) ? BigInt(text) : null;
    if (whole === null || BigInt.asIntN(key.type === 'Int' ? 32 : 64, whole) !== whole) return undefined;
    return key.type === 'Int' ? Number(whole) : whole;
  };

  const toRow = (stored: unknown): TableRow => {
    const of = (column: string): unknown => Reflect.get(Object(stored), column);
    const text = String(of(key.column));
    const cells = mapping.columns.map((column) => storedToCell(column, of(column.column)));
    const checked = checkKey(text, MAX_KEY_BYTES);
    const bad = cells.find((cell) => !cell.ok);
    const why = !checked.ok ? checked.error.message : bad?.ok === false ? bad.error : null;
    const changed = updatedAt === null ? null : of(updatedAt);
    return {
      key: text,
      cells: cells.map((cell): Cell => (cell.ok ? cell.value : null)),
      changedAt: changed instanceof Date ? changed.getTime() : null,
      isMarked: deletedAt !== null && of(deletedAt) !== null,
      fault: why === null ? null : `The row is left out: ${why}.`,
    };
  };

  const find = async (args: Arguments): Promise<TableRow[]> =>
    (await delegate.findMany({ select, ...args })).map(toRow);

  /** The row, if it still is what was read, as far as the database can compare that. */
  const unchanged = (row: TableRow): Arguments => {
    const where: Arguments = { [key.column]: storedKey(row.key) };
    for (const [place, column] of mapping.columns.entries()) {
      const cell = row.cells[place] ?? null;
      if (column.type === 'DateTime' && cell !== null) where[column.column] = sameMs(Number(cell));
      else if (COMPARED.has(column.type)) where[column.column] = cellToStored(column, cell);
    }
    if (updatedAt !== null && row.changedAt !== null) where[updatedAt] = sameMs(row.changedAt);
    if (deletedAt !== null) where[deletedAt] = row.isMarked ? { not: null } : null;
    return where;
  };

  const data = ({ cells }: RowWrite): Arguments => {
    const written: Arguments = {};
    for (const [place, cell] of cells) {
      const column = mapping.columns[place]!;
      written[column.column] = cellToStored(column, cell);
    }
    if (updatedAt !== null) written[updatedAt] = new Date(clock.now());
    return written;
  };

  /** What the database does not take of one row is that row's fault, unless nothing can be asked of it. */
  const attempt = async (write: () => Promise<RowOutcome>, isFirst = true): Promise<RowOutcome> => {
    try {
      return await write();
    } catch (error) {
      if (isOutOfReach(error)) throw error;
      await delegate.findMany({ take: 1, select: { [key.column]: true } });
      // Nobody knows whose error that is: what has gone wrong on the way goes right where the table has answered.
      if (!isOfPrisma(error) && isFirst) return attempt(write, false);
      return { type: 'refused', reason: `The table does not take the record: ${lastLine(error)}` };
    }
  };

  const insertOne = (row: RowWrite): Promise<RowOutcome> => {
    const id = storedKey(row.key);
    if (id === undefined) {
      return Promise.resolve({
        type: 'refused',
        reason: `The key is none for the column ${key.column}, a ${key.type}.`,
      });
    }
    return attempt(async () => {
      try {
        await delegate.createMany(argument({ data: [{ ...data(row), [key.column]: id }] }));
        return WRITTEN;
      } catch (error) {
        if (!isOutOfReach(error) && (await read([row.key])).length > 0) return RACED;
        throw error;
      }
    });
  };

  const read = async (keys: readonly string[]): Promise<TableRow[]> => {
    const ids = keys.map(storedKey).filter((id) => id !== undefined);
    return ids.length === 0 ? [] : find({ where: { [key.column]: { in: ids } } });
  };

  const since = (mark: ChangeMark | null): Arguments => {
    if (mark === null || polled === null) return {};
    return { [polled.column]: { gte: polled.type === 'DateTime' ? new Date(Number(mark)) : mark } };
  };

  return {
    async check() {
      const isUnique = await judged(() => delegate.findUnique(argument({ where: { [key.column]: storedKey('1') } })));
      if (!isUnique) return err(`the column ${key.column} does not hold each key once: it needs @id or @unique`);
      if (deletedAt !== null && !(await judged(() => delegate.findMany({ where: { [deletedAt]: null }, take: 0 })))) {
        return err(`the column ${deletedAt} cannot be null, and so says of every row that it is deleted`);
      }
      await find({ take: 1 });
      return ok(undefined);
    },
    read,
    page: (after, limit, mark) =>
      find({
        where: { ...since(mark), ...(after === null ? {} : { [key.column]: { gt: storedKey(after) } }) },
        orderBy: { [key.column]: 'asc' },
        take: limit,
      }),
    async mark() {
      if (polled === null) return null;
      const { column } = polled;
      const [top] = await delegate.findMany({
        where: { [column]: { gte: polled.type === 'DateTime' ? new Date(0) : 0 } },
        orderBy: { [column]: 'desc' },
        take: 1,
        select: { [column]: true },
      });
      const highest: unknown = top === undefined ? null : Reflect.get(Object(top), column);
      if (highest instanceof Date) return highest.getTime();
      return typeof highest === 'number' || typeof highest === 'bigint' ? highest : null;
    },
    async insert(rows) {
      const ids = rows.map((row) => storedKey(row.key));
      try {
        if (!ids.includes(undefined)) {
          await delegate.createMany(argument({ data: rows.map((row, i) => ({ ...data(row), [key.column]: ids[i] })) }));
          return rows.map(() => WRITTEN);
        }
      } catch (error) {
        if (isOutOfReach(error)) throw error;
        // One of them is at fault; which, each for itself will tell.
      }
      const outcomes: RowOutcome[] = [];
      for (const row of rows) outcomes.push(await insertOne(row));
      return outcomes;
    },
    update: (row, write) =>
      attempt(async () => {
        const marks = deletedAt === null ? {} : { [deletedAt]: null };
        const { count } = await delegate.updateMany(
          argument({ where: unchanged(row), data: { ...data(write), ...marks } }),
        );
        return count === 1 ? WRITTEN : RACED;
      }),
    remove: (row) =>
      attempt(async () => {
        const where = unchanged(row);
        if (deletedAt === null) return (await delegate.deleteMany({ where })).count === 1 ? WRITTEN : RACED;
        const marked = { ...data({ key: row.key, cells: new Map() }), [deletedAt]: new Date(clock.now()) };
        return (await delegate.updateMany(argument({ where, data: marked }))).count === 1 ? WRITTEN : RACED;
      }),
  };
}

/** Of these the database says exactly whether they are the same. */
const COMPARED: ReadonlySet<string> = new Set(['String', 'Boolean', 'Int', 'BigInt', 'DateTime']);

/** Whether Prisma takes the question; what the database says to it is another matter. */
async function judged(ask: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

/** The app's own types are narrower than what is known here; what does not fit them, Prisma refuses. */
const argument = (args: Arguments): never => args as never;
