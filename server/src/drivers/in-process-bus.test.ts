import { busContract } from '../ports/bus.contract.js';
import { createInProcessBus } from './in-process-bus.js';

busContract('in-process', async () => ({ bus: createInProcessBus(), settled: () => Promise.resolve() }));
