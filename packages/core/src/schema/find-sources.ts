import { isSameField, fieldOf, withField, type MigrateFields } from './migrate-fields.js';
import type { Migration } from './schema-types.js';
import type { PlainObject, Value } from '../primitives/index.js';

/** What a field might hold instead. One of each type: a migration that looks at a field does not make the same of all of them. */
const OTHER_VALUES: readonly Value[] = ['\u0001', -7.5, true, false, null, [], {}];

/** Whether a migration that makes `made` of `fields` makes something else of its field `target` when `source` is otherwise, or is not there. */
export function dependsOn(
  migrate: MigrateFields,
  fields: PlainObject,
  made: PlainObject,
  target: string,
  source: string,
): boolean {
  return (
    isOtherwise(migrate, withField(fields, source, undefined), made, target) ||
    wouldDepend(migrate, fields, made, target, source)
  );
}

function wouldDepend(
  migrate: MigrateFields,
  fields: PlainObject,
  made: PlainObject,
  target: string,
  source: string,
): boolean {
  return OTHER_VALUES.some((value) => isOtherwise(migrate, withField(fields, source, value), made, target));
}

/** One that throws says nothing of a field in particular. */
function isOtherwise(migrate: MigrateFields, fields: PlainObject, made: PlainObject, target: string): boolean {
  const other = migrate(fields);
  return other !== null && !isSameField(fieldOf(other, target), fieldOf(made, target));
}

/**
 * The fields of which `target` is made: those without which it would be made otherwise, and where there is none those with other values of which it would.
 */
export function findSources(
  migrate: MigrateFields,
  fields: PlainObject,
  made: PlainObject,
  target: string,
): readonly string[] {
  const names = Object.keys(fields);
  const sources = names.filter((source) => isOtherwise(migrate, withField(fields, source, undefined), made, target));
  return sources.length > 0 ? sources : names.filter((source) => wouldDepend(migrate, fields, made, target, source));
}

/** The fields that a migration of `fields` has looked for and not found. */
export function findMissing(step: Migration, fields: PlainObject): readonly string[] {
  const missing = new Set<string>();
  const watched = new Proxy(fields, {
    get(target, name) {
      if (typeof name === 'string' && !Object.hasOwn(target, name) && !(name in Object.prototype)) missing.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  try {
    step(watched);
  } catch {
    // What it looked for until then is known.
  }
  return [...missing];
}
