import { err, type Hash64 } from '@topgun/core/primitives';
import type { Logger } from '../ports/environment.js';
import type { HostCommand, HostEvent, SessionId, ViewRefusal } from '../ports/partition-host.js';
import type { Gathering } from '../services/loading/gathering.js';
import { neededPartitions } from '../services/loading/query-partitions.js';
import type { AwaitedViews } from '../services/query/awaited-views.js';
import type { SeenOf } from '../services/query/view-registry.js';
import type { Exchanges } from '../services/sync/exchanges.js';
import { UNREADABLE } from './host-texts.js';
import type { Running } from './running-host.js';
import { viewAnswer } from './view-answer.js';

type OpenView = Extract<HostCommand, { type: 'open-view' }>;

export interface ViewOpeningParts {
  /** `null`: the host has not started. */
  readonly running: () => Running | null;
  readonly awaited: AwaitedViews;
  readonly exchanges: Exchanges;
  readonly seenBy: (session: SessionId) => SeenOf;
  readonly hash: Hash64;
  readonly log: Logger;
  readonly emit: (event: HostEvent) => void;
}

/** Opens a view for who asks for it. */
export function createViewOpening(parts: ViewOpeningParts): (command: OpenView) => void {
  const { awaited, emit, exchanges, hash, log, seenBy } = parts;

  /** PI-7, SE-43, QU-50: when the records of its maps are here, and what is made for it in turns. */
  const awaitView = (command: OpenView): void => {
    const running = parts.running();
    if (running === null) return;
    const { gatherings, loader, state, views } = running;
    const { session, sub, map, query } = command;
    const gathering = gatherings?.begin(map, query) ?? null;
    const loaded = awaited.begin(session, sub, (failure) => {
      const waiter = awaited.begin(session, sub, (refusal) => openView(command, refusal, gathering));
      const looked = (records: number): void => tellCost(session, records);
      if (failure === null) views.whenReady(map, query, { ...waiter, looked }, seenBy(session));
      else waiter.ready(failure);
    });
    const needed = gathering === null ? loader.need(neededPartitions(map, query, state, hash)) : gathering.bringIn();
    const open = (failure: ViewRefusal | null): void => {
      loaded.ready(failure);
      gathering?.end();
    };
    if (needed === null) open(null);
    else {
      log.debug('a query waits for cold partitions', { session, map });
      void needed.then((failure) => open(failure === null ? null : UNREADABLE));
    }
  };

  /** AB-1. */
  const tellCost = (session: SessionId, looked: number): void => {
    if (looked > 0) emit({ type: 'view-cost', session, looked });
  };

  const openView = (command: OpenView, refusal: ViewRefusal | null, gathering: Gathering | null): void => {
    const running = parts.running();
    if (running === null) return;
    const { session, sub, map, query, have = null, heldThrough = 0 } = command;
    const { pipeline, state, views } = running;
    const { looked } = views;
    // PI-45: what was hot may have gone while something was made for it.
    const isGone = gathering === null && neededPartitions(map, query, state, hash).size > 0;
    if (refusal === null && isGone) {
      awaitView(command);
      return;
    }
    const opened = refusal === null ? views.open(session, sub, map, query, seenBy(session)) : err(refusal);
    tellCost(session, views.looked - looked);
    if (!opened.ok) {
      emit({ type: 'view-refused', session, sub, error: opened.error });
      return;
    }
    const anew = heldThrough < state.forgottenThrough;
    emit(viewAnswer({ session, sub, view: opened.value, have, anew, through: pipeline.position }, exchanges));
  };

  return awaitView;
}
