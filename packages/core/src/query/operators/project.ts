import type { Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { isKeyPath } from '../language/path-list.js';
import type { Path } from '../query.js';
import { placeValues } from './place-values.js';

/** What is shown of a record besides its key: an object of the values at these paths; of a record that is no object, nothing. */
export function compileProjection(paths: readonly Path[]): (row: Entry) => Value {
  const fields = paths.filter((path) => !isKeyPath(path));
  const readers = fields.map(compilePath);
  return ({ key, value }) =>
    placeValues(
      fields,
      readers.map((read) => read(key, value)),
    );
}
