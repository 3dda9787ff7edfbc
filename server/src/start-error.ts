import { TopGunError } from '@topgun/core/primitives';

export type StartErrorCode =
  | 'port-taken'
  | 'cannot-listen'
  | 'database'
  | 'ledger-damaged'
  | 'static-folder'
  | 'retention'
  | 'auth'
  | 'limits'
  | 'search'
  | 'hooks'
  | 'procedures'
  | 'models'
  | 'journal'
  | 'metrics'
  | 'workers'
  | 'definitions'
  | 'memory'
  | 'quotas';

/** Why a server could not start; `message` is one sentence for whoever starts it. */
export class StartError extends TopGunError<StartErrorCode> {
  override readonly name = 'StartError';
}
