/** Whether nothing is known about the type, as about the records of an app that declares no schema. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

/** What has no fields that a path could lead to, though it is an object. */
type Opaque = readonly unknown[] | ArrayBufferView | ((...args: never) => unknown);

/** The names of the fields of an object, each also where only some members of a union have it. */
type FieldOf<T> = T extends Opaque ? never : T extends object ? keyof T & string : never;

/** The type of a field; `undefined` where members of the union do not have it. */
type FieldType<T, K extends string> = T extends Opaque ? undefined : K extends keyof T ? T[K] : undefined;

/** The dotted paths of a record, its key's among them. Any text when nothing is known about it. */
export type PathOf<T> = IsAny<T> extends true ? string : '_key' | FieldPath<T, Levels>;

/** Paths are followed this deep; below, every text is one. */
type Levels = readonly [1, 2, 3, 4, 5];

type FieldPath<T, Left extends readonly unknown[]> =
  IsAny<T> extends true
    ? string
    : Left extends readonly [unknown, ...infer Rest]
      ? { [K in FieldOf<T>]: PathFrom<T, K, Rest> }[FieldOf<T>]
      : string;

/** A name with a dot in it needs the list form. */
type PathFrom<T, K extends string, Left extends readonly unknown[]> = K extends `${string}.${string}`
  ? string extends K
    ? string
    : never
  : K | `${K}.${FieldPath<NonNullable<FieldType<T, K>>, Left>}`;

/** What a record has at a dotted path; `undefined` is in it where there may be nothing. */
export type ValueAt<T, P extends string> =
  IsAny<T> extends true
    ? T
    : P extends '_key'
      ? string
      : P extends FieldOf<T>
        ? FieldType<T, P>
        : P extends `${infer First}.${infer Rest}`
          ? First extends FieldOf<T>
            ? ValueAt<NonNullable<FieldType<T, First>>, Rest> | MissingIn<FieldType<T, First>>
            : unknown
          : unknown;

/** `undefined` when a path through this may lead nowhere. */
type MissingIn<V> = null extends V ? undefined : undefined extends V ? undefined : never;

/** The paths at which a record may have a number. */
export type NumberPathOf<T> =
  IsAny<T> extends true
    ? string
    : { [P in PathOf<T>]: [Extract<ValueAt<T, P>, number>] extends [never] ? never : P }[PathOf<T>];

/** The names of a dotted path. */
export type SplitPath<P extends string> = P extends `${infer First}.${infer Rest}`
  ? readonly [First, ...SplitPath<Rest>]
  : readonly [P];

/** One object type of what is an intersection of several. */
export type Flat<T> = { [K in keyof T]: T[K] };

/** All of a union's members at once. */
export type Every<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void ? I : never;
