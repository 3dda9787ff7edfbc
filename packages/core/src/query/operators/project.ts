import type { Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import type { Entry } from '../entry.js';
import type { Path } from '../query.js';
import { placeValues } from './place-values.js';

/** What is shown of a record: an object of the values at these paths; of a record that is no object, nothing. */
export function compileProjection(fields: readonly Path[]): (row: Entry) => Value {
  const readers = fields.map(compilePath);
  return ({ key, value }) =>
    placeValues(
      fields,
      readers.map((read) => read(key, value)),
    );
}
