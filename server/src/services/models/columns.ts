import {
  canonicalText,
  checkValue,
  decodeBase64url,
  encodeBase64url,
  err,
  isBytes,
  isPlainObject,
  ok,
  type JsonValue,
  type Result,
  type Value,
} from '@topgun/core/primitives';
import type { Cell } from '../../ports/model-table.js';

/** The types of columns that fields can be mapped to, as Prisma names them. */
export const COLUMN_TYPES = [
  'String',
  'Boolean',
  'Int',
  'BigInt',
  'Float',
  'Decimal',
  'DateTime',
  'Json',
  'Bytes',
] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface Column {
  readonly field: string;
  readonly column: string;
  readonly type: ColumnType;
  /** A BigInt as a number, a DateTime as ms since 1970; otherwise both are text. */
  readonly asNumber: boolean;
  /** What is null in the table is no field at all; otherwise it is `null`. */
  readonly isOptional: boolean;
}

/** MO-2: what the column would hold of a field's value; else why it cannot, as the end of a sentence. */
export function valueToCell(column: Pick<Column, 'type'>, value: Value | undefined): Result<Cell, string> {
  if (value === undefined || value === null) return ok(null);
  switch (column.type) {
    case 'String':
      return typeof value === 'string' ? ok(value) : no(column, value);
    case 'Boolean':
      return typeof value === 'boolean' ? ok(value) : no(column, value);
    case 'Int':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value + 0.5) <= 2 ** 31 - 0.5
        ? ok(value === 0 ? 0 : value)
        : no(column, value);
    case 'Float':
      return typeof value === 'number' ? ok(value === 0 ? 0 : value) : no(column, value);
    case 'BigInt':
      return bigIntCell(value) ?? no(column, value);
    case 'Decimal':
      return decimalCell(value) ?? no(column, value);
    case 'DateTime':
      return timeCell(value) ?? no(column, value);
    case 'Json':
      return isJson(value) ? ok(canonicalText(value)) : err('JSON holds no bytes');
    case 'Bytes':
      return isBytes(value) ? ok(encodeBase64url(value)) : no(column, value);
  }
}

/** What a field is that the column holds; `undefined`: it is not there. */
export function cellToValue({ type, asNumber, isOptional }: Column, cell: Cell): Value | undefined {
  if (cell === null) return isOptional ? undefined : null;
  if (typeof cell === 'number' && type === 'DateTime') return asNumber ? cell : new Date(cell).toISOString();
  if (typeof cell !== 'string') return cell;
  switch (type) {
    case 'BigInt':
      return asNumber ? Number(cell) : cell;
    case 'Json':
      return JSON.parse(cell) as Value;
    case 'Bytes':
      return bytesOf(cell);
    default:
      return cell;
  }
}

/** What the database's client gives for the column; else why no record can hold it. */
export function storedToCell({ column, type, asNumber }: Column, stored: unknown): Result<Cell, string> {
  if (stored === null || stored === undefined) return ok(null);
  const refuse = (): Result<Cell, string> => err(`the column ${column} holds what no field can`);
  switch (type) {
    case 'String':
      return typeof stored === 'string' ? ok(stored) : refuse();
    case 'Boolean':
      return typeof stored === 'boolean' ? ok(stored) : refuse();
    case 'Int':
    case 'Float':
      return typeof stored === 'number' && Number.isFinite(stored) ? ok(stored === 0 ? 0 : stored) : refuse();
    case 'BigInt': {
      const cell = typeof stored === 'bigint' || Number.isSafeInteger(stored) ? BigInt(stored as bigint) : null;
      if (cell === null || (asNumber && !Number.isSafeInteger(Number(cell)))) return refuse();
      return ok(String(cell));
    }
    case 'Decimal':
      return hasFixedText(stored) ? (decimalCell(stored.toFixed()) ?? refuse()) : refuse();
    case 'DateTime':
      return stored instanceof Date && Number.isFinite(stored.getTime()) ? ok(stored.getTime()) : refuse();
    case 'Json': {
      const checked = checkValue(stored);
      if (!checked.ok || !isJson(checked.value)) return refuse();
      return ok(checked.value === null ? null : canonicalText(checked.value));
    }
    case 'Bytes':
      return stored instanceof Uint8Array ? ok(encodeBase64url(stored)) : refuse();
  }
}

/** The same for the database's client. */
export function cellToStored({ type }: Pick<Column, 'type'>, cell: Cell): unknown {
  if (cell === null) return null;
  if (type === 'DateTime') return new Date(Number(cell));
  if (typeof cell !== 'string') return cell;
  if (type === 'BigInt') return BigInt(cell);
  if (type === 'Json') return JSON.parse(cell) as unknown;
  return type === 'Bytes' ? bytesOf(cell) : cell;
}

/** Cells of bytes are written here alone. */
function bytesOf(cell: string): Uint8Array {
  const bytes = decodeBase64url(cell);
  if (!bytes.ok) throw new Error('a cell of bytes is no base64url');
  return bytes.value;
}

const BIG_INT = /^-?\d{1,19}$/;

function bigIntCell(value: Value): Result<Cell, string> | null {
  const isWhole =
    typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && BIG_INT.test(value);
  if (!isWhole) return null;
  const whole = BigInt(value as number | string);
  return BigInt.asIntN(64, whole) === whole ? ok(String(whole)) : null;
}

const DECIMAL = /^(-?)(\d{1,1000})(?:\.(\d{1,1000}))?$/;

/** One text for one number: no zeros that say nothing. */
function decimalCell(value: Value): Result<Cell, string> | null {
  const parts = DECIMAL.exec(typeof value === 'number' || typeof value === 'string' ? String(value) : '');
  if (parts === null) return null;
  const whole = parts[2]!.replace(/^0+(?=\d)/, '');
  const fraction = (parts[3] ?? '').replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return ok(text === '0' ? text : `${parts[1]}${text}`);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const MAX_TIME = 8.64e15;

function timeCell(value: Value): Result<Cell, string> | null {
  const isText = typeof value === 'string' && ISO_TIME.test(value);
  const millis = isText ? Date.parse(value) : value;
  return typeof millis === 'number' && Number.isInteger(millis) && Math.abs(millis) <= MAX_TIME
    ? ok(millis === 0 ? 0 : millis)
    : null;
}

function isJson(value: Value): value is Value & JsonValue {
  if (isBytes(value)) return false;
  if (Array.isArray(value)) return value.every(isJson);
  return !isPlainObject(value) || Object.values(value).every(isJson);
}

function hasFixedText(stored: unknown): stored is { toFixed(): string } {
  return typeof stored === 'object' && stored !== null && 'toFixed' in stored && typeof stored.toFixed === 'function';
}

function no({ type }: Pick<Column, 'type'>, value: Value): Result<Cell, string> {
  const given = isBytes(value) ? 'bytes' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return err(`a column of type ${type} cannot hold ${typeof value === 'number' ? 'this number' : given}`);
}
