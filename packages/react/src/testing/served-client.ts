import type { TopGunClient } from '@topgun/core';

import { createFakeDevice } from '../../../core/src/client/testing/fake-clients.js';
import { creates, createFakeWorld, type FakeWorld } from '../../../core/src/client/testing/fake-world.js';
import { createScriptedJournal, type ScriptedJournal } from '../../../core/src/client/testing/scripted-journal.js';

/** A client with a server, in virtual time and in this page. */
export interface ServedClient {
  readonly client: TopGunClient;
  readonly server: FakeWorld['server'];
  readonly journal: ScriptedJournal;
  /** Lets everything that is on its way arrive. */
  settle(): Promise<void>;
  advance(byMs: number): Promise<void>;
  /** Lets go of what the test's own server has kept of the client's messages. */
  forgetMessages(): void;
  /** Another device creates a record. */
  createElsewhere(map: string, key: string, fields: Readonly<Record<string, string | number | boolean>>): void;
}

export function createServedClient(): ServedClient {
  const world = createFakeWorld();
  const journal = createScriptedJournal(world.transport);
  const { client } = createFakeDevice(world).open();
  return {
    client,
    server: world.server,
    journal,
    settle: () => world.time.settle(),
    advance: (byMs) => world.time.advance(byMs),
    forgetMessages: () => world.transport.last().forgetReceived(),
    createElsewhere: (map, key, fields) => void world.writeElsewhere(map, key, creates(fields)),
  };
}
