import { err, ok, type Result } from '@topgun/core/primitives';
import { COLUMN_TYPES, type Column, type ColumnType } from '../../services/models/columns.js';
import type { Mapping } from '../../services/models/mapping.js';
import type { BoundModel, FieldColumn } from '../../services/models/model.js';

/** MO-1: a mapping, and the columns that are no fields. */
export interface PrismaColumns {
  readonly mapping: Mapping;
  readonly key: Pick<Column, 'column' | 'type'>;
  readonly updatedAt: string | null;
  readonly deletedAt: string | null;
  /** The column that grows with each change. */
  readonly polled: Pick<Column, 'column' | 'type'> | null;
}

/** What Prisma knows of the columns, put together with what the app says of them; else what does not fit, as the end of a sentence. */
export function prismaColumns(map: string, { delegate, options }: BoundModel): Result<PrismaColumns, string> {
  const { key, updatedAt, deletedAt, counter } = options;
  const typeOf = (column: string): Result<ColumnType, string> => columnType(delegate.fields, column);
  const own = [key, updatedAt, deletedAt, counter].filter((column) => column !== undefined);
  const used = new Set<string>(own);
  if (used.size < own.length) return err('a column is named twice');
  const columns: Column[] = [];
  for (const [field, given] of Object.entries(options.fields)) {
    const { column, as, optional = false } = fieldColumn(given);
    if (field === '' || field.startsWith('_')) return err(`${JSON.stringify(field)} is no field of a record`);
    if (used.has(column)) return err(`the column ${column} is named twice`);
    used.add(column);
    const type = typeOf(column);
    if (!type.ok) return type;
    if (as !== undefined && type.value !== 'BigInt' && type.value !== 'DateTime') {
      return err(`the column ${column} is a ${type.value}, which is not given as a number`);
    }
    columns.push({ field, column, type: type.value, asNumber: as === 'number', isOptional: optional });
  }
  if (columns.length === 0) return err('no field is mapped');
  const must = (
    column: string | undefined,
    what: string,
    ...types: ColumnType[]
  ): Result<ColumnType | null, string> => {
    if (column === undefined) return ok(null);
    const type = typeOf(column);
    if (!type.ok || types.includes(type.value)) return type;
    return err(`${what} is ${column}, a ${type.value}, where it can be ${types.join(' or ')}`);
  };
  const keyType = must(key, 'the key', 'String', 'Int', 'BigInt');
  if (!keyType.ok) return keyType;
  const times = must(updatedAt, 'updatedAt', 'DateTime');
  if (!times.ok) return times;
  const marks = must(deletedAt, 'deletedAt', 'DateTime');
  if (!marks.ok) return marks;
  const counts = must(counter, 'the counter', 'Int', 'BigInt');
  if (!counts.ok) return counts;
  const polled = counter ?? updatedAt;
  if (options.pollMs !== undefined && polled === undefined) return err('pollMs needs updatedAt or a counter');
  for (const name of ['pollMs', 'compareMs'] as const) {
    const millis = options[name];
    if (millis !== undefined && !(Number.isSafeInteger(millis) && millis >= 1))
      return err(`${name} is no number of ms`);
  }
  return ok({
    mapping: { map, columns },
    key: { column: key, type: keyType.value ?? 'String' },
    updatedAt: updatedAt ?? null,
    deletedAt: deletedAt ?? null,
    polled: polled === undefined ? null : { column: polled, type: counts.value ?? 'DateTime' },
  });
}

const fieldColumn = (given: string | FieldColumn): FieldColumn =>
  typeof given === 'string' ? { column: given } : given;

function columnType(fields: object, column: string): Result<ColumnType, string> {
  const field: unknown = Object.hasOwn(fields, column) ? Reflect.get(fields, column) : undefined;
  if (typeof field !== 'object' || field === null || !('typeName' in field)) {
    return err(`the model has no column ${JSON.stringify(column)}`);
  }
  if ('isList' in field && field.isList === true) return err(`the column ${column} is a list, which no field can be`);
  if ('isEnum' in field && field.isEnum === true) return ok('String');
  const type = COLUMN_TYPES.find((name) => name === field.typeName);
  return type === undefined
    ? err(`the column ${column} is a ${String(field.typeName)}, which no field can be`)
    : ok(type);
}
