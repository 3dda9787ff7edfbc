// What is measured, in the shape that all subjects have.

/**
 * @typedef {import('./workload.mjs').Todo} Todo
 *
 * @typedef {object} Subject
 * @property {(record: Todo) => unknown} set writes one whole record
 * @property {(records: readonly Todo[]) => unknown} [batch] writes them all, and the view is called once
 * @property {boolean} [isAsync] a write shows later than its call returns: the promise it returns is to be awaited
 * @property {boolean} [awaitsEach] in a row of writes each is awaited, because the row is faster for it
 * @property {() => readonly Todo[]} rows what the view shows now
 * @property {(id: string) => Todo | undefined} [get] one record, by a look at what was written
 * @property {() => unknown} [closeView] ends the live query; writes go on
 * @property {(updates: readonly Todo[]) => unknown} [prepare] before a burst, outside the timed part
 * @property {() => unknown} [settle] after a burst, outside the timed part: resolves when nothing is left to do in the background
 *
 * Loads the records and opens the live query: open todos, greatest score first, limit 50. From then on `onResult` is what the
 * view calls with each change.
 * @typedef {(records: readonly Todo[], onResult: () => void) => Subject | Promise<Subject>} Open
 */

export {};
