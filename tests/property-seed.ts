// Where every property test begins, so that a run says of a change what the run before it would have said. `npm run fuzz` begins elsewhere.

import { configureGlobal } from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    propertySeed: number;
  }
}

configureGlobal({ seed: inject('propertySeed') });
