/**
 * A model of an app's Prisma client, as `prisma.todo`: as much of it as a server uses.
 */
export interface ModelDelegate {
  /** What Prisma knows of the model's columns. */
  readonly fields: object;
  findMany(args: object): PromiseLike<readonly unknown[]>;
  findUnique(args: never): PromiseLike<unknown>;
  createMany(args: never): PromiseLike<{ readonly count: number }>;
  updateMany(args: never): PromiseLike<{ readonly count: number }>;
  deleteMany(args: object): PromiseLike<{ readonly count: number }>;
}

/** How a field is a column. */
export interface FieldColumn<Name extends string = string> {
  readonly column: Name;
  /** A BigInt as a number, a DateTime as ms since 1970. Default: both are text. */
  readonly as?: 'number';
  /** Null in the table is no field in the record. Default: it is `null`. */
  readonly optional?: boolean;
}

/** How a map is a table. `Name`: the names of the model's fields in Prisma's schema, which are called columns here. */
export interface ModelOptions<Name extends string = string> {
  /** The column that holds the map's key: text or whole numbers, each once. */
  readonly key: Name;
  /** By field of the record, its column. Fields that are not named stay in the map alone; columns that are not named are left as they are. */
  readonly fields: Readonly<Record<string, Name | FieldColumn<Name>>>;
  /** The column that says when a row was last changed, whoever changed it: a DateTime. */
  readonly updatedAt?: Name;
  /** A column with a whole number that is greater after each change of a row than any was before: polled in the place of `updatedAt`. */
  readonly counter?: Name;
  /** The column that says since when a row is deleted, a DateTime that may be null: removals set it. Default: rows are deleted. */
  readonly deletedAt?: Name;
  /** So often the rows are asked for that `counter` or `updatedAt` says are changed, in ms. Default: never. */
  readonly pollMs?: number;
  /** So often the whole table is looked at, in ms: what finds rows that were deleted. Default: at the start and on request. */
  readonly compareMs?: number;
}

/** A map that is a table, for `createServer({ models })`. */
export interface BoundModel {
  readonly delegate: ModelDelegate;
  readonly options: ModelOptions;
}

/** By map. */
export type Models = Readonly<Record<string, BoundModel>>;

/** The names of a model's fields. */
export type ColumnsOf<Delegate extends ModelDelegate> = Extract<keyof Delegate['fields'], string>;

/** Binds a map to a model of the app's own Prisma client: what one of them changes, the other has too. */
export function model<Delegate extends ModelDelegate>(
  delegate: Delegate,
  options: ModelOptions<ColumnsOf<Delegate>>,
): BoundModel {
  return { delegate, options };
}
