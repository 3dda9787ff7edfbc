import type { AggregateInput, PathInput, RelationInput } from '../query/index.js';
import type { Row } from './state/row.js';

/**
 * A row of a query over records of type `T`, by what the query asks for: chosen `fields`, related rows (`include`), or groups. `S` has the
 * types of all maps. A query whose type says nothing of these (a variable of type `QueryInput`) has rows with all fields.
 */
export type QueryRow<S, T, I> =
  IsAny<T> extends true
    ? Row<T>
    : I extends { readonly distinct: infer P }
      ? Keyed<PickPaths<T, P>>
      : I extends { readonly groupBy: infer P }
        ? Keyed<PickPaths<T, P> & AggregatesOf<T, I>>
        : I extends { readonly aggregate: object }
          ? Keyed<AggregatesOf<T, I>>
          : ShownRow<T, I> & RelatedOf<S, I>;

type Keyed<V> = { readonly _key: string } & V;

type ShownRow<T, I> = I extends { readonly fields: infer P } ? Keyed<PickPaths<T, P>> : Row<T>;

type AggregatesOf<T, I> = I extends { readonly aggregate: infer A }
  ? { readonly [Name in keyof A]: AggregateOf<T, A[Name]> }
  : unknown;

type AggregateOf<T, A> = A extends 'count' | { readonly count: PathInput }
  ? number
  : A extends { readonly sum: PathInput } | { readonly avg: PathInput }
    ? number | null
    : A extends { readonly min: infer P } | { readonly max: infer P }
      ? At<T, P> | null
      : A extends AggregateInput
        ? unknown
        : never;

type RelatedOf<S, I> = I extends { readonly include: infer R }
  ? { readonly [Name in keyof R]: R[Name] extends RelationInput ? Related<S, R[Name]> : never }
  : unknown;

type Related<S, R extends RelationInput> = R extends { readonly one: true }
  ? RelatedRow<S, R> | null
  : readonly RelatedRow<S, R>[];

type RelatedRow<S, R extends RelationInput> = R['map'] extends keyof S
  ? QueryRow<S, S[R['map']], R>
  : Keyed<{ readonly [field: string]: unknown }>;

/** What is at these paths, nested as it is in the record: of one dotted path, or of each in a list. */
type PickPaths<T, P> = P extends string
  ? PickPath<T, P>
  : P extends readonly []
    ? unknown
    : P extends readonly [infer First, ...infer Rest]
      ? PickPath<T, First> & PickPaths<T, Rest>
      : Partial<T>;

type PickPath<T, P> = Names<P> extends infer N ? PickNames<T, N> : never;

type PickNames<T, N> = N extends readonly [infer First extends string, ...infer Rest]
  ? First extends keyof T
    ? Rest extends readonly []
      ? { readonly [K in First]: T[K] }
      : { readonly [K in First]: PickNames<NonNullable<T[K]>, Rest> }
    : // The key is in every row.
      First extends '_key'
      ? unknown
      : { readonly [K in First]?: unknown }
  : Partial<T>;

/** What is at one path. */
type At<T, P> = AtNames<T, Names<P>>;

type AtNames<T, N> = N extends readonly [infer First, ...infer Rest]
  ? First extends keyof T
    ? Rest extends readonly []
      ? T[First]
      : AtNames<NonNullable<T[First]>, Rest>
    : First extends '_key'
      ? string
      : unknown
  : unknown;

type Names<P> = P extends readonly string[]
  ? P
  : P extends `${infer First}.${infer Rest}`
    ? readonly [First, ...Names<Rest>]
    : string extends P
      ? readonly string[]
      : readonly [P];

type IsAny<T> = 0 extends 1 & T ? true : false;
