import { TopGunError } from '../primitives/index.js';

/** A schema that cannot mean anything: thrown where it is defined. */
export const badSchema = (map: string, message: string): TopGunError<'bad-schema'> =>
  new TopGunError('bad-schema', `The schema of ${JSON.stringify(map)} ${message}`);

/** Writes do not wait, so neither does who judges them. */
export const asyncValidator = (): TopGunError<'async-validator'> =>
  new TopGunError(
    'async-validator',
    'A validator answered by a promise. Writes do not wait: validators are synchronous.',
  );
