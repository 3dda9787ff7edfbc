import { expect, test } from 'vitest';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import { GridState } from '../services/crdt/grid-state.js';
import { Overlay } from '../services/crdt/overlay.js';
import { ViewRegistry } from '../services/query/view-registry.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { ack } from './ack.js';
import { apply } from './apply.js';
import { authorize } from './authorize.js';
import { diff } from './diff.js';
import { createOpSession } from './op-session.js';
import { LoadStage } from './load.js';
import { persist } from './persist.js';
import { push } from './push.js';
import { receive } from './receive.js';
import { stage } from './stage.js';
import type { Loaded } from './stages.js';
import { validate } from './validate.js';
import { WaitingBytes } from './waiting-bytes.js';

// The compiler is the test: each line marked here would leave a stage out, and type checking fails if one compiles.
function skipsAStage(): void {
  const received = receive({ type: 'submit', session: 's', batches: [], bytes: 0 }, createOpSession('s'), 1);
  if (received?.ok !== true) return;
  new LoadStage({
    hash: () => 0n,
    need: () => null,
    waiting: new WaitingBytes(),
    log: createRecordedLog().log,
    onFault: () => undefined,
    onLoaded: skipsALaterStage,
  }).take(received.value);
  // @ts-expect-error load is left out
  validate(received.value, { hash: () => 0n, now: 0, keyBytes: 1 });
}

function skipsALaterStage(frame: Loaded): void {
  const overlay = new Overlay(new GridState());
  const limits = { journaling: null, recordBytes: 1 };
  const authorization = { hash: () => 0n, now: 0, owns: () => true };
  const views = new ViewRegistry(
    { hash: () => 0n, position: () => 0, read: () => () => undefined, records: () => [], size: () => 0 },
    1,
  );
  // @ts-expect-error nothing enters by itself
  validate({ session: frame.session, bytes: 0, batches: [] }, { hash: () => 0n, now: 0, keyBytes: 1 });
  // @ts-expect-error validate is left out
  authorize(frame, overlay, authorization);
  const validated = validate(frame, { hash: () => 0n, now: 0, keyBytes: 1 });
  if (!validated.ok) return;
  // @ts-expect-error authorize is left out
  stage(validated.value, overlay, limits);
  const authorized = authorize(validated.value, overlay, authorization);
  if (!authorized.ok) return;
  const ownership = undefined as unknown as LedgerOwnership;
  // @ts-expect-error stage is left out
  void persist({ frames: [authorized.value], overlay }, ownership, 1);
  const commit = { frames: [stage(authorized.value, overlay, limits)], overlay };
  // @ts-expect-error persist is left out
  apply({ ...commit, position: 1 }, new GridState());
  // @ts-expect-error persist and apply are left out
  ack({ ...commit, position: 1, changes: [] });
  // @ts-expect-error all but diff are left out
  diff({ position: 1, changes: [], verdicts: [] }, views);
  // @ts-expect-error all but push are left out
  push({ position: 1, verdicts: [], diffs: [], outgrown: [] });
}

test('PI-1: a stage that is left out does not compile', () => {
  expect(skipsAStage).toBeTypeOf('function');
});
