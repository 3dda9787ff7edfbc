import type { BackoffConfig } from '../connection/backoff.js';
import type { HeartbeatConfig } from '../connection/heartbeat.js';
import type { Rejections } from '../outbox/rejections.js';
import type { Environment } from '../ports/environment.js';
import type { StorageError } from '../ports/storage.js';
import type { ConnectionEvent } from '../ports/tab-events.js';
import type { TakeSteps } from '../../query/index.js';
import type { KeptViews } from '../state/kept-views.js';
import type { MapStores } from '../state/map-stores.js';
import type { Notifier } from '../state/notifier.js';
import type { ServerQuestions } from '../state/server-questions.js';
import type { Subscriptions } from '../state/subscriptions.js';
import type { SyncProgressStore } from '../state/sync-progress.js';
import type { Farewell } from '../tabs/tab-message.js';
import type { TabSync, TabSyncOptions } from '../tabs/tab-sync.js';

/** What outlives a session: the tab's stores, and whoever watches. */
export interface SessionOptions {
  readonly environment: Environment;
  readonly serverUrl: string | null;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  readonly createTabSync: (options: TabSyncOptions) => TabSync;
  readonly notifier: Notifier;
  readonly stores: MapStores;
  readonly subscriptions: Subscriptions;
  readonly keptViews: KeptViews;
  readonly rejections: Rejections;
  readonly progress: SyncProgressStore;
  readonly questions: ServerQuestions;
  /** As of `LocalState`. */
  readonly afterViews: TakeSteps;
  readonly getToken: () => Promise<string | null>;
  readonly connectionChanged: (event: ConnectionEvent) => void;
  readonly pendingChanged: () => void;
  readonly storageIssue: (error: StorageError) => void;
  /** CL-10: a sibling has left for another principal's database, and this tab is to follow. */
  readonly followed: (farewell: Farewell) => void;
}
