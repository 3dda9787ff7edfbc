import { hooksOf } from '@topgun/react';

import { schema } from '../../schema.js';

/** The hooks, with the schema's names of maps and types of records. */
export const { useMutation, useQuery } = hooksOf(schema);
