import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isMapName, isPlainObject, TopGunError } from '../primitives/index.js';
import { badSchema } from './bad-schema.js';
import type { MapSchema } from './map-schema.js';
import type { Migration, RecordsOf, SchemaInput, UnknownFields, WritesOf } from './schema-types.js';
import { validateValue } from './validate-value.js';

/** What the maps of an app hold: what {@link defineSchema} makes. `S`: the records by map; `W`: what is taken to be written. */
export interface SchemaDefinition<S extends object = object, W extends object = S> {
  /** What is said of a map; `undefined`: nothing, and so nothing of it is checked. */
  of(map: string): MapSchema | undefined;
  readonly maps: ReadonlyMap<string, MapSchema>;
  /** For the compiler alone. */
  readonly types?: { readonly records: S; readonly writes: W };
}

/**
 * Says what the maps of an app hold, with validators of any library that speaks Standard Schema (zod, valibot, arktype …). One definition for the client, which
 * refuses at the call what does not fit, and for the server, which decides. Maps that are not named are not checked.
 *
 * @throws TopGunError `bad-schema` where something could mean nothing; `async-validator`
 *
 * @example
 * const schema = defineSchema({
 *   todos: z.object({ text: z.string().min(1), done: z.boolean().default(false) }),
 *   tags: { type: 'set', value: z.string() },
 * });
 */
export function defineSchema<const I extends SchemaInput>(input: I): SchemaDefinition<RecordsOf<I>, WritesOf<I>> {
  const maps = new Map<string, MapSchema>();
  for (const [map, given] of Object.entries(input)) {
    if (!isMapName(map)) throw badSchema(map, 'is of no map: that is no name of one.');
    maps.set(map, mapSchema(map, given));
  }
  return { maps, of: (map) => maps.get(map) };
}

const TYPES = ['record', 'set', 'counter'] as const;
const UNKNOWN: readonly UnknownFields[] = ['strip', 'refuse', 'keep'];
const MEMBERS: Readonly<Record<(typeof TYPES)[number], readonly string[]>> = {
  record: ['type', 'value', 'unknown', 'version', 'migrate'],
  set: ['type', 'value'],
  counter: ['type', 'value'],
};

function mapSchema(map: string, given: unknown): MapSchema {
  if (isValidator(given)) return mapSchema(map, { value: given });
  if (!isPlainObject(given))
    throw badSchema(map, 'is a validator (Standard Schema), or an object with one in `value`.');
  const {
    type = 'record',
    value,
    unknown = 'strip',
    version = 1,
    migrate = {},
  } = given as Readonly<Record<string, unknown>>;
  if (!TYPES.includes(type as never)) throw badSchema(map, `has the type ${text(type)}; there is ${TYPES.join(', ')}.`);
  const kind = type as MapSchema['type'];
  const stranger = Object.keys(given).find((name) => !MEMBERS[kind].includes(name));
  if (stranger !== undefined) throw badSchema(map, `has no ${text(stranger)}; there is ${MEMBERS[kind].join(', ')}.`);
  if (!UNKNOWN.includes(unknown as never))
    throw badSchema(map, `says of unknown fields ${text(unknown)}; there is ${UNKNOWN.join(', ')}.`);
  const isLess = kind === 'counter' && value === undefined;
  if (!isLess && !isValidator(value)) throw badSchema(map, 'has no validator (Standard Schema) in `value`.');
  if (isValidator(value)) probe(map, value);
  return {
    type: kind,
    validator: isValidator(value) ? value : null,
    unknown: unknown as UnknownFields,
    version: checkedVersion(map, version),
    migrations: checkedMigrations(map, version as number, migrate),
  };
}

/** One that is always asynchronous is found here, others when they are first used. What it says does not matter. */
function probe(map: string, validator: StandardSchemaV1): void {
  try {
    validateValue(validator, {});
  } catch (error) {
    throw new TopGunError('async-validator', `The schema of ${JSON.stringify(map)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function checkedVersion(map: string, version: unknown): number {
  if (Number.isSafeInteger(version) && (version as number) >= 1) return version as number;
  throw badSchema(map, `has the version ${text(version)}; versions are whole numbers from 1.`);
}

function checkedMigrations(map: string, version: number, migrate: unknown): readonly Migration[] {
  if (typeof migrate !== 'object' || migrate === null)
    throw badSchema(map, 'has `migrate`, which is an object of functions by version.');
  const given = migrate as Readonly<Record<string, unknown>>;
  const migrations: Migration[] = [];
  for (let to = 2; to <= version; to += 1) {
    const step = Object.hasOwn(given, to) ? given[to] : undefined;
    if (typeof step !== 'function') throw badSchema(map, `has version ${version}, and no migration to version ${to}.`);
    migrations.push(step as Migration);
  }
  const stranger = Object.keys(given).find((to) => !/^[1-9]\d*$/.test(to) || Number(to) < 2 || Number(to) > version);
  if (stranger === undefined) return migrations;
  throw badSchema(map, `has a migration to ${text(stranger)}, and is of version ${version}.`);
}

function isValidator(given: unknown): given is StandardSchemaV1 {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false;
  const standard = (given as { readonly '~standard'?: unknown })['~standard'];
  if (typeof standard !== 'object' || standard === null) return false;
  const { version, validate } = standard as Readonly<Record<string, unknown>>;
  return version === 1 && typeof validate === 'function';
}

const text = (what: unknown): string => JSON.stringify(what) ?? String(what);
