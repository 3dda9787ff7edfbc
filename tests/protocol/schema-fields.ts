/** As much of JSON Schema as `z.toJSONSchema` makes of messages. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  /** Of a tuple: its length is its form, and no limit. */
  readonly prefixItems?: readonly Schema[];
}

/** The fields of a message as the page writes them: `batches[].replica`. What lies inside tuples is a scalar of its own. */
export function fieldsOf(schema: object, prefix = ''): readonly string[] {
  const { properties = {} } = schema as Schema;
  return Object.entries(properties).flatMap(([name, inner]) => {
    if (prefix === '' && name === 'type') return [];
    const path = `${prefix}${name}`;
    const below = inner.type === 'array' ? fieldsOf(inner.items ?? {}, `${path}[].`) : fieldsOf(inner, `${path}.`);
    return [path, ...below];
  });
}

/** What is limited in a message, by field as `fieldsOf` names them: the limits of a list and of what is in it together. */
export function limitsOf(schema: object, prefix = ''): readonly (readonly [field: string, limit: number])[] {
  const { properties = {} } = schema as Schema;
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    const { items } = inner;
    const below = items === undefined ? limitsOf(inner, `${path}.`) : limitsOf(items, `${path}[].`);
    const own = [...boundsOf(inner), ...boundsOf(items ?? {})];
    return [...own.map((limit) => [path, limit] as const), ...below];
  });
}

/** Those that only say that a number is one which JavaScript counts with are none. */
const boundsOf = ({ maxLength, maximum, maxItems, prefixItems }: Schema): readonly number[] =>
  [maxLength, maximum, prefixItems === undefined ? maxItems : undefined].filter(
    (limit) => limit !== undefined && limit < Number.MAX_SAFE_INTEGER,
  ) as number[];

/** The message types of a union, with the schema of each. */
export function messagesOf(union: object): ReadonlyMap<string, object> {
  const { anyOf, oneOf } = union as Schema;
  return new Map(
    (oneOf ?? anyOf ?? []).map((schema) => [String(schema.properties?.['type']?.const), schema as object]),
  );
}
