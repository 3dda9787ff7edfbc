import { err, ok, type Result } from './result.js';
import { isBytes, isPlainObject, MAX_VALUE_DEPTH, setOwn, type Value } from './value.js';

/** Why something is no {@link Value}. `path` leads to the place, e.g. `$.tags[3]`; `$` is the value itself. */
export interface ValueError {
  readonly code: 'not-a-value' | 'too-deep' | 'cycle';
  readonly path: string;
  readonly message: string;
}

/**
 * Takes what an app handed over and returns a copy that is a {@link Value}: `-0` became `0`, properties that are
 * `undefined` are gone, bytes are plain `Uint8Array`s. A copy, so that what the app does to its object later cannot
 * change what was written.
 */
export function checkValue(value: unknown): Result<Value, ValueError> {
  // Most fields are scalars: nothing to copy, and no place to name.
  if (typeof value === 'string' || typeof value === 'boolean') return ok(value);
  if (typeof value === 'number' && Number.isFinite(value)) return ok(value === 0 ? 0 : value);
  const check: Check = { error: null, path: [], above: [] };
  const copy = copyValue(value, check);
  return check.error === null ? ok(copy) : err(check.error);
}

interface Check {
  error: ValueError | null;
  readonly path: (string | number)[];
  /** The containers around the place: one of them met again is a cycle. */
  readonly above: object[];
}

function copyValue(value: unknown, check: Check): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) return refuse(check, 'not-a-value', `${value} is not a finite number`);
      return value === 0 ? 0 : value;
    case 'object':
      if (value === null) return null;
      if (isBytes(value)) return new Uint8Array(value);
      if (Array.isArray(value) || isPlainObject(value)) return copyContainer(value, check);
      return refuse(check, 'not-a-value', `${kindOf(value)} is neither JSON nor bytes`);
    case 'undefined':
      return refuse(check, 'not-a-value', 'undefined is no value here; leave the property out or use null');
    case 'bigint':
    case 'function':
    case 'symbol':
      return refuse(check, 'not-a-value', `a ${typeof value} is neither JSON nor bytes`);
  }
}

function copyContainer(container: readonly unknown[] | object, check: Check): Value {
  if (check.above.includes(container)) return refuse(check, 'cycle', 'a value cannot contain itself');
  if (check.above.length >= MAX_VALUE_DEPTH) {
    return refuse(check, 'too-deep', `values nest at most ${MAX_VALUE_DEPTH} levels deep`);
  }
  check.above.push(container);
  const copy = Array.isArray(container) ? copyArray(container, check) : copyObject(container, check);
  check.above.pop();
  return copy;
}

function copyArray(array: readonly unknown[], check: Check): readonly Value[] {
  const copy: Value[] = [];
  for (let i = 0; i < array.length && check.error === null; i += 1) {
    check.path.push(i);
    copy.push(copyValue(array[i], check));
    check.path.pop();
  }
  return copy;
}

function copyObject(object: object, check: Check): Value {
  if (Object.getOwnPropertySymbols(object).length > 0) {
    return refuse(check, 'not-a-value', 'a property named by a symbol cannot be stored');
  }
  const copy: Record<string, Value> = {};
  for (const [name, item] of Object.entries(object) as [string, unknown][]) {
    if (item === undefined) continue;
    check.path.push(name);
    setOwn(copy, name, copyValue(item, check));
    check.path.pop();
    if (check.error !== null) break;
  }
  return copy;
}

function refuse(check: Check, code: ValueError['code'], message: string): null {
  check.error ??= { code, path: pathText(check.path), message };
  return null;
}

/** Paths are for people: one made of long names is cut here. */
const MAX_PATH_TEXT = 256;

/** `$` for the value itself, then `.name`, `["any name"]` or `[index]` per step. */
export function pathText(path: readonly (string | number)[]): string {
  let text = '$';
  for (const step of path) {
    if (typeof step === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) text += `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
    if (text.length > MAX_PATH_TEXT) return `${text.slice(0, MAX_PATH_TEXT)}…`;
  }
  return text;
}

function kindOf(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'this object';
}
