import type { Transport, TransportClose, TransportEvents } from '../../packages/core/src/client/ports/transport.js';
import type { Timers } from '../../packages/core/src/client/ports/environment.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualTime } from '../../packages/core/src/client/testing/virtual-time.js';
import {
  parseServerMessage,
  type CallMessage,
  type ClientMessage,
  type ServerMessage,
} from '../../packages/core/src/protocol/index.js';
import { err, type Result } from '../../packages/core/src/primitives/index.js';
import type { ClientLink, HelloRefusal } from '../../server/src/gateway/client-link.js';
import type { Identity } from '../../server/src/ports/identity.js';
import type { Hello } from '../../packages/core/src/protocol/index.js';
import type { Gateway } from '../../server/src/gateway/gateway.js';
import type { Session } from '../../server/src/gateway/session.js';
import type { Defects } from './defects.js';
import type { DigestJudge } from './digest-judge.js';
import type { Fault } from './faults.js';
import { tamperWithRequest, tamperWithResponse } from './tampering.js';

/** How a connection ends. Half-open: neither end is told, and nothing arrives any more. */
export type Ending = 'reset' | 'half-open';

/** One end of the network: a device. Its links are those of the tabs that lead. */
export interface NetworkPlace {
  isCut: boolean;
  transportOf(tab: TabEnd): Transport;
  /** Every connection of the device ends. */
  drop(ending: Ending): void;
  readonly links: number;
  /** As whom servers know those connections; who is nobody is not among them. */
  readonly identities: readonly Identity[];
}

/** A tab as the network sees it. */
export interface TabEnd {
  readonly name: string;
  readonly timers: Timers;
  /** It hands ops to a connection. */
  readonly submits: () => void;
  /** Called with the way to end the tab's connections when it crashes. */
  onCrash(crashed: () => void): void;
}

/** A server as the network sees it. */
export interface ServerEnd {
  readonly gateway: Gateway;
  /** Who would know whether what a connection is told is its user's to see. `null`: whoever asks may see everything. */
  watch(identity: Identity): ConnectionWatch | null;
  onCrash(crashed: () => void): void;
}

/** What goes over one connection, as it is said. */
export interface ConnectionWatch {
  asked(message: ClientMessage): void;
  told(message: ServerMessage): void;
  /** Whether the record is there still, and not for this user. */
  isTakenAway(sub: number, key: string): boolean;
}

export interface Network {
  /** Where new connections go; `null` while no server listens. */
  server: ServerEnd | null;
  place(): NetworkPlace;
}

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  /** The longest a message travels. */
  readonly maxDelayMs: () => number;
  readonly defects: Defects;
  readonly unreadable: (what: string) => void;
  readonly digests: Pick<DigestJudge, 'connection'>;
  /** Told of each call that reaches a server. */
  readonly called: (message: CallMessage) => void;
  /** Told of each message that has arrived. */
  readonly delivered: (what: string) => void;
  readonly fired: (fault: Fault) => void;
}

/** From here on a message counts as delayed. */
const DELAYED_MS = 500;
const MAX_HELD_MS = 8_000;
/** A peer that heard nothing of the end gives up after so long. */
const SERVER_NOTICES_MS = 45_000;
const LOST: TransportClose = { code: 'lost', reason: 'the connection was lost' };

interface Link {
  identity: Identity | null;
  end(ending: Ending): void;
}

/** Messages in order, each after a while; what is under way may be lost when the connection ends. */
interface Flow {
  push(arrive: () => void): void;
  lose(): void;
  /** What is under way arrives so much later, as it does when a network comes back. */
  hold(forMs: number): void;
}

/** The real gateway without sockets: JSON copies travel, in order, each way taking its time. */
export function createNetwork(options: NetworkOptions): Network {
  const { time, random, fired } = options;
  /** The latest connection of each tab. */
  const latest = new WeakMap<TabEnd, Link>();
  /** Ops that have reached the server, by id. */
  const seen = new Set<string>();

  function createFlow(timers: Timers): Flow {
    let lastDue = 0;
    let isLost = false;
    let heldUntil = 0;
    return {
      push(arrive) {
        const now = time.clock.now();
        lastDue = Math.max(lastDue, now + random.integer(options.maxDelayMs() + 1));
        if (lastDue - now >= DELAYED_MS) fired('delay');
        const deliver = (): void => {
          if (isLost) fired('drop');
          else if (heldUntil > time.clock.now()) timers.after(heldUntil - time.clock.now(), deliver);
          else arrive();
        };
        timers.after(lastDue - now, deliver);
      },
      hold(forMs) {
        heldUntil = time.clock.now() + forMs;
      },
      lose() {
        isLost = true;
      },
    };
  }

  function noteOps({ batches }: Extract<ClientMessage, { type: 'submit' }>): void {
    for (const { replica, ops } of batches) {
      for (const [seq] of ops) {
        const id = `${replica}:${seq}`;
        if (seen.has(id)) fired('duplicate');
        seen.add(id);
      }
    }
  }

  function connect(tab: TabEnd, hello: unknown, events: TransportEvents, links: Set<Link>) {
    const toServer = createFlow(time.timers);
    const resuming = options.digests.connection(tab.name);
    const toClient = createFlow(tab.timers);
    let session: Session | null = null;
    let watch: ConnectionWatch | null = null;
    let isServerAlive = true;
    let isServerTold = false;
    let isClientDone = false;
    /** Bytes on their way to the client: the server sees them as unread. */
    let unread = 0;

    function tellClient(close: TransportClose): void {
      if (isClientDone) return;
      isClientDone = true;
      links.delete(link);
      events.onClose(close);
    }

    function tellServer(): void {
      if (isServerTold) return;
      isServerTold = true;
      if (isServerAlive) session?.disconnected();
    }

    const link: Link = {
      identity: null,
      end(ending) {
        links.delete(link);
        if (ending === 'half-open') {
          fired('half-open');
          toServer.lose();
          toClient.lose();
          time.timers.after(SERVER_NOTICES_MS, tellServer);
          return;
        }
        // What is under way arrives, or does not.
        if (random.integer(2) === 0) toServer.lose();
        if (random.integer(2) === 0) toClient.lose();
        // The client may be back before the server has heard the last of it.
        const heldMs = random.integer(3) === 0 ? random.integer(MAX_HELD_MS) : 0;
        toServer.hold(heldMs);
        createFlow(tab.timers).push(() => tellClient(LOST));
        time.timers.after(heldMs + random.integer(200), tellServer);
      },
    };
    links.add(link);
    latest.set(tab, link);
    tab.onCrash(() => {
      isClientDone = true;
      links.delete(link);
      toClient.lose();
      if (random.integer(2) === 0) toServer.lose();
      time.timers.after(random.integer(4) === 0 ? SERVER_NOTICES_MS : random.integer(200), tellServer);
    });

    function respond(message: ServerMessage): void {
      const text = JSON.stringify(message);
      watch?.told(message);
      resuming.told(message);
      const sent = tamperWithResponse(options.defects, random, JSON.parse(text), watch?.isTakenAway);
      if (sent === null) return;
      if (message.type === 'push' && message.subs.some(({ changes }) => changes.length === 0)) fired('left-out');
      unread += text.length;
      toClient.push(() => {
        unread -= text.length;
        if (isServerAlive && !isServerTold) session?.drained();
        if (isClientDone) return;
        options.delivered(`${tab.name} gets ${text}`);
        if (message.type === 'rows' && message.anew === true) options.fired('away-too-long');
        const parsed = parseServerMessage(sent);
        if (parsed.ok) events.onMessage(parsed.value);
        else options.unreadable(`a client cannot read ${JSON.stringify(sent)}: ${parsed.error.reason}`);
      });
    }

    function arriveAt(server: ServerEnd | null): void {
      if (server === null) {
        toClient.push(() => tellClient(LOST));
        return;
      }
      server.onCrash(() => {
        isServerAlive = false;
        if (random.integer(3) === 0) return toServer.lose();
        link.end('reset');
      });
      const admitted = server.gateway.admit(JSON.parse(JSON.stringify(hello)));
      // Who nobody asks who they are is let in at once.
      if (!admitted.ok || admitted.value.token === undefined) open(server, admitted, null);
      else {
        const { value } = admitted;
        void server.gateway.identify(value).then((identified) => {
          if (!isServerAlive || isServerTold) return;
          if (identified.ok) open(server, admitted, identified.value);
          else open(server, err(identified.error), null);
        });
      }
    }

    function open(server: ServerEnd, admitted: Result<Hello, HelloRefusal>, identity: Identity | null): void {
      if (!admitted.ok) {
        const { code, reason } = admitted.error;
        toClient.push(() => tellClient({ code: 'refused', reason, error: { code, reason } }));
        return;
      }
      link.identity = identity;
      watch = identity === null ? null : server.watch(identity);
      let lastError: { code: string; reason: string } | undefined;
      const told: ClientLink = {
        send(...messages) {
          if (!isServerAlive) return;
          for (const message of messages) {
            if (message.type === 'error' && message.fatal) lastError = message;
            respond(message);
          }
        },
        bufferedBytes: () => unread,
        close() {
          isServerTold = true;
          toServer.lose();
          toClient.push(() => tellClient(lastError === undefined ? LOST : { ...LOST, error: lastError }));
        },
      };
      // PT-10: as the server takes it, so do those who watch; one who is told that it was passed over asks once more.
      for (const sub of admitted.value.subs ?? []) {
        const message = { type: 'subscribe', ...sub } as const;
        options.delivered(`the server gets of ${tab.name}, in its hello, ${JSON.stringify(message)}`);
        watch?.asked(message);
        resuming.asked(message);
      }
      session = server.gateway.connect(admitted.value, told, identity);
    }

    toServer.push(() => arriveAt(network.server));
    return {
      send(message: ClientMessage) {
        if (isClientDone) return;
        if (message.type === 'submit') tab.submits();
        const text = JSON.stringify(message);
        const sent = tamperWithRequest(options.defects, random, time.clock.now(), JSON.parse(text));
        toServer.push(() => {
          if (!isServerAlive) return;
          if (latest.get(tab) !== link) fired('late-frame');
          if (isServerTold) return;
          options.delivered(`the server gets of ${tab.name} ${text}`);
          if (message.type === 'submit') noteOps(message);
          if (message.type === 'call') options.called(message);
          watch?.asked(message);
          resuming.asked(message);
          session?.receive(sent, text.length);
        });
      },
      close() {
        if (isClientDone) return;
        isClientDone = true;
        links.delete(link);
        toClient.lose();
        toServer.push(tellServer);
        queueMicrotask(() => events.onClose({ code: 'closed', reason: 'closed by this client' }));
      },
    };
  }

  const network: Network = {
    server: null,
    place() {
      const links = new Set<Link>();
      const place: NetworkPlace = {
        isCut: false,
        transportOf: (tab) => ({
          connect(_url, hello, events) {
            if (!place.isCut) return connect(tab, hello, events, links);
            createFlow(tab.timers).push(() => events.onClose(LOST));
            return { send() {}, close() {} };
          },
        }),
        drop(ending) {
          for (const link of [...links]) link.end(ending);
        },
        get links() {
          return links.size;
        },
        get identities() {
          return [...links].flatMap(({ identity }) => identity ?? []);
        },
      };
      return place;
    },
  };
  return network;
}
