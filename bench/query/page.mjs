// Chromium: one page holds one subject.

import { createRunner } from './runner.mjs';
import { subjects } from './subjects/index.mjs';

window.bench = { isIsolated: () => window.crossOriginIsolated, ...createRunner(subjects) };
