import { TopGunError } from '../primitives/index.js';

/** A rule that cannot mean anything: thrown where it is defined. */
export const badRule = (place: string, message: string): TopGunError<'bad-rule'> =>
  new TopGunError('bad-rule', `${place} ${message}`);
