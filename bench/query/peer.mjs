// Node: one process holds one subject.

import { answerParent } from '../method/processes.mjs';
import { derivedSubjects } from './derived/index.mjs';
import { createDerivedRunner } from './derived/runner.mjs';
import { createOpenRunner } from './open-views.mjs';
import { createRunner } from './runner.mjs';
import { subjects } from './subjects/index.mjs';

answerParent({ ...createRunner(subjects), ...createDerivedRunner(derivedSubjects), ...createOpenRunner() });
