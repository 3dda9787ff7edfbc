/** What code has looked at. */
export interface Visits {
  /** Looks at one place of a `Map` or `Set`, and entries gone through. */
  readonly tables: number;
  /** Items of arrays gone through, by iterators and by the methods that take a function or search. */
  readonly items: number;
}

const LOOKS = ['get', 'has', 'set', 'add', 'delete'];
const WALKS = ['entries', 'keys', 'values', Symbol.iterator];
const SEARCHES = [
  'every',
  'filter',
  'find',
  'findIndex',
  'forEach',
  'includes',
  'indexOf',
  'map',
  'reduce',
  'some',
  'slice',
];

/**
 * Runs the function, which must be synchronous, and counts what it looks at in tables and arrays: time measures the machine, this the
 * code. Loops by index are not seen.
 */
export function countVisits(run: () => void): Visits {
  const stop = startCounting();
  try {
    run();
  } finally {
    stop.pause();
  }
  return stop.visits();
}

/** As `countVisits`, of everything that happens until the promise settles, whoever does it. */
export async function countVisitsUntil(run: () => Promise<unknown>): Promise<Visits> {
  const stop = startCounting();
  try {
    await run();
  } finally {
    stop.pause();
  }
  return stop.visits();
}

function startCounting(): { pause(): void; visits(): Visits } {
  let [tables, items] = [0, 0];
  const undo: (() => void)[] = [];
  const wrap = (owner: object, name: string | symbol, around: (original: Method) => Method): void => {
    const held = Object.getOwnPropertyDescriptor(owner, name);
    if (typeof held?.value !== 'function') return;
    Object.defineProperty(owner, name, { ...held, value: around(held.value as Method) });
    undo.push(() => Object.defineProperty(owner, name, held));
  };
  const looking = (original: Method): Method =>
    function (...args) {
      tables += 1;
      return original.apply(this, args);
    };
  const walking =
    (count: () => void) =>
    (original: Method): Method =>
      function (...args) {
        return countSteps(original.apply(this, args) as Iterator<unknown>, count);
      };
  for (const table of [Map.prototype, Set.prototype]) {
    for (const name of LOOKS) wrap(table, name, looking);
    for (const name of WALKS)
      wrap(
        table,
        name,
        walking(() => (tables += 1)),
      );
    wrap(
      table,
      'forEach',
      (original) =>
        function (...args) {
          tables += (this as Map<unknown, unknown>).size;
          return original.apply(this, args);
        },
    );
  }
  for (const name of WALKS)
    wrap(
      Array.prototype,
      name,
      walking(() => (items += 1)),
    );
  for (const name of SEARCHES) {
    wrap(
      Array.prototype,
      name,
      (original) =>
        function (...args) {
          items += (this as unknown[]).length;
          return original.apply(this, args);
        },
    );
  }
  // This very code has been counted as well.
  tables = items = 0;
  return {
    pause() {
      while (undo.length > 0) undo.pop()?.();
    },
    visits: () => ({ tables, items }),
  };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function countSteps<T>(steps: Iterator<T>, count: () => void): IterableIterator<T> {
  return {
    next() {
      count();
      return steps.next();
    },
    [Symbol.iterator]() {
      return this;
    },
  };
}
