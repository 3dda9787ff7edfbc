// What is measured, in the shape that all subjects have.

/**
 * @typedef {import('./workload.mjs').Todo} Todo
 *
 * @typedef {object} Subject
 * @property {(record: Todo) => unknown} set writes one whole record
 * @property {(records: readonly Todo[]) => unknown} [batch] writes them all, and the view is called once
 * @property {boolean} [isAsync] a write shows later than its call returns: the promise it returns is to be awaited
 * @property {() => readonly Todo[]} rows what the view shows now
 * @property {(updates: readonly Todo[]) => unknown} [prepare] before a burst, outside the timed part
 * @property {() => unknown} [settle] after a burst, outside the timed part: resolves when nothing is left to do in the background
 *
 * Loads the records and opens the live query: open todos, greatest score first, limit 50. From then on `onResult` is what the
 * view calls with each change.
 * @typedef {(records: readonly Todo[], onResult: () => void) => Subject | Promise<Subject>} Open
 */

export {};
