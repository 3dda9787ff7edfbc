// Node: one process holds one subject.

import { answerParent } from '../method/processes.mjs';
import { createRunner } from './runner.mjs';
import { subjects } from './subjects/index.mjs';

answerParent(createRunner(subjects));
