import { DexieAdapter } from './dexie-storage.js';
import { describeStorageContract } from '../storage/storage.contract.js';

describeStorageContract('dexie', () => new DexieAdapter());
