import { describeStorageContract } from '../storage/storage.contract.js';
import { EncryptedDexieAdapter } from './encrypted-dexie-storage.js';

describeStorageContract('encrypted dexie', () => new EncryptedDexieAdapter({ key: new Uint8Array(32).fill(7) }));
