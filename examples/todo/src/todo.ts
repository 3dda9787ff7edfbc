import type { Row } from '@topgun/react';

import type { schema } from '../schema.js';

/** What the schema says of a todo. */
export type Todo = NonNullable<(typeof schema)['types']>['records']['todos'];

export type TodoRow = Row<Todo>;
