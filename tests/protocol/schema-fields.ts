/** As much of JSON Schema as `z.toJSONSchema` makes of messages. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
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

/** The message types of a union, with the schema of each. */
export function messagesOf(union: object): ReadonlyMap<string, object> {
  const { anyOf, oneOf } = union as Schema;
  return new Map(
    (oneOf ?? anyOf ?? []).map((schema) => [String(schema.properties?.['type']?.const), schema as object]),
  );
}
