// Chromium: one page holds one subject.

import { derivedSubjects } from './derived/index.mjs';
import { createDerivedRunner } from './derived/runner.mjs';
import { createOpenRunner } from './open-views.mjs';
import { createRunner } from './runner.mjs';
import { subjects } from './subjects/index.mjs';

window.bench = {
  isIsolated: () => window.crossOriginIsolated,
  ...createRunner(subjects),
  ...createDerivedRunner(derivedSubjects),
  ...createOpenRunner(),
};
