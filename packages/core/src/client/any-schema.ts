/** Map names and the types of their records. Untyped where an app declares none. */
// An app without a schema reads and writes what it likes: `unknown` would make every read a cast.
export type AnySchema = Record<string, any>;
