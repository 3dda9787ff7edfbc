import type { StorageCommit, StorageError } from '../ports/storage.js';

/** CL-4: whether another has begun to lead since the one under which the commit is made. `latest`: the number that is stored. */
export const isOutdated = ({ lead }: Pick<StorageCommit, 'lead'>, latest: number): boolean =>
  lead !== undefined && lead < latest;

export const OUTDATED: StorageError = { code: 'outdated', message: 'Another tab has taken over since.' };
