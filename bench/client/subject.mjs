// What is measured, in the shape that all subjects have. A subject keeps its records in IndexedDB, in databases of its own page.

/**
 * @typedef {import('../local/workload.mjs').Todo} Todo
 *
 * @typedef {object} Store
 * @property {(records: readonly Todo[]) => Promise<unknown>} [write] writes them in one go; resolves when they are durable
 * @property {(record: Todo) => unknown} [set] writes one, and returns at once
 * @property {() => unknown} [settle] resolves when nothing is left to do in the background
 * @property {() => readonly Todo[] | Promise<readonly Todo[]>} all every record held
 * @property {() => unknown} close
 *
 * @typedef {object} Subject
 * @property {(url?: string, isOffline?: boolean) => Promise<Store>} open opens the databases, making them when there are none. `url`: of a server, where the subject has one; `isOffline`: to which it is not to connect
 * @property {(onRows: (rows: readonly { id: string, score: number, title: string }[]) => void) => Promise<Store>} [show]
 *   opens what is there and a live query over it: open todos, greatest score first, limit 50. `onRows` is told each answer
 */

export {};
