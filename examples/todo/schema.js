// What the maps of the app hold, said once: the app imports it, for its types and to refuse at once what does not fit; the server is started with it
// (`--definitions examples/todo/schema.js`), and decides by it. JavaScript, so that Node takes it as it is.

import { defineSchema } from '@topgun/core/schema';
import * as z from 'zod/mini';

export const schema = defineSchema({
  todos: {
    value: z.object({
      text: z.string().check(z.minLength(1, 'A todo says something.')),
      done: z._default(z.boolean(), false),
      /** Where it stands among the others: a fractional index, so that moving one todo writes one field of one record. */
      order: z.string().check(z.minLength(1)),
      createdAt: z.number(),
    }),
    /** What a later version of the app has added is not lost where this one writes. */
    unknown: 'keep',
  },
});
