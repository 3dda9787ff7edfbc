import type { AggregateInput, PathInput } from '../query-input.js';
import type { Every, Flat, IsAny, SplitPath, ValueAt } from './path-types.js';
import type { AnyPaths, MapOf } from './query-for.js';

/** What a query shows of each row, or group, of a schema's map. `Q` is the type of the query as it was written. */
export type ResultRow<S, M extends MapOf<S>, Q> = Q extends GroupParts
  ? GroupRow<S[M], Q>
  : Joined<S[M], Unhidden<ShownFields<S[M], Q>, Q> & { readonly _key: string } & ShownRelations<S, Q>>;

/** As one object type, unless that would lose which names are known where any name is one. */
type Joined<T, Parts> = IsAny<T> extends true ? Parts : Flat<Parts>;

/** What is known of a record when nothing is: any field may be there. */
interface AnyFields<T> {
  readonly [field: string]: T;
}

type GroupParts =
  | { readonly groupBy: AnyPaths }
  | { readonly distinct: AnyPaths }
  | { readonly aggregate: { readonly [name: string]: AggregateInput } };

/** An object's fields, or those asked for; any other record beside its key. */
type ShownFields<T, Q> = Q extends { readonly fields: infer P extends AnyPaths }
  ? Picked<T, P>
  : IsAny<T> extends true
    ? AnyFields<T>
    : T extends readonly unknown[] | ArrayBufferView
      ? { readonly value: T }
      : T extends object
        ? T
        : { readonly value: T };

/** Without the fields in whose place a relation of their name is shown. */
type Unhidden<Fields, Q> = Q extends { readonly include: infer R extends object }
  ? string extends keyof R
    ? Fields
    : WithoutNames<Fields, keyof R>
  : Fields;

type WithoutNames<Fields, Names> = { [K in keyof Fields as K extends Names ? never : K]: Fields[K] };

type ShownRelations<S, Q> = Q extends { readonly include: infer R extends object }
  ? { readonly [Name in keyof R]: Related<S, R[Name]> }
  : unknown;

type Related<S, R> = R extends { readonly map: infer M extends MapOf<S> }
  ? R extends { readonly one: true }
    ? ResultRow<S, M, Omit<R, 'map' | 'on' | 'one'>> | null
    : readonly ResultRow<S, M, Omit<R, 'map' | 'on' | 'one'>>[]
  : unknown;

type GroupRow<T, Q> = Joined<T, ByFields<T, Q> & Aggregates<T, Q> & { readonly _key: string }>;

type ByFields<T, Q> = Q extends { readonly groupBy: infer P extends AnyPaths }
  ? Picked<T, P>
  : Q extends { readonly distinct: infer P extends AnyPaths }
    ? Picked<T, P>
    : unknown;

type Aggregates<T, Q> = Q extends { readonly aggregate: infer A extends object }
  ? { readonly [Name in keyof A]: Aggregated<T, A[Name]> }
  : unknown;

type Aggregated<T, A> = A extends 'count' | { readonly count: PathInput }
  ? number
  : A extends { readonly sum: PathInput } | { readonly avg: PathInput }
    ? number | null
    : A extends { readonly min: infer P } | { readonly max: infer P }
      ? P extends string
        ? NonNullable<ValueAt<T, P>> | null
        : unknown
      : unknown;

/** An object of the record's values at these paths. */
type Picked<T, P extends AnyPaths> =
  IsAny<T> extends true ? AnyFields<T> : IsOpen<P> extends true ? Partial<T> : PickedOfEach<T, PathItem<P>>;

/** Of records of several kinds, what each kind has there. */
type PickedOfEach<T, P> = T extends unknown ? Flat<Every<PickedAt<T, P>>> : never;

/** Whether the type leaves open which paths they are. */
type IsOpen<P extends AnyPaths> = string extends P
  ? true
  : P extends readonly (infer Item)[]
    ? string extends (Item extends readonly (infer Name)[] ? Name : Item)
      ? true
      : false
    : false;

/** Nothing picked still is an object. */
type PickedAt<T, P> = [P] extends [never] ? object : P extends readonly string[] ? Shape<T, P> : never;

/** The names of each path of the list. */
type PathItem<P extends AnyPaths> = P extends string
  ? SplitPath<P>
  : P extends readonly (infer Item)[]
    ? ItemNames<Item>
    : never;

type ItemNames<Item> = Item extends string ? SplitPath<Item> : Item;

/** The part of an object that a path goes through; its fields stay optional, and become so where the path may end early. The key is shown anyhow. */
type Shape<T, P extends readonly string[]> = P extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends '_key'
    ? object
    : First extends keyof T
      ? Rest extends readonly []
        ? Pick<T, First>
        : Through<Pick<T, First>, Rest>
      : object
  : object;

type Through<T, Rest extends readonly string[]> = {
  [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: ShapeOfEach<T[K], Rest>;
} & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: ShapeOfEach<NonNullable<T[K]>, Rest>;
};

type ShapeOfEach<T, P extends readonly string[]> = T extends unknown ? Flat<Shape<T, P>> : never;
