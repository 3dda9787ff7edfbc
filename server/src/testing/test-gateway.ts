import type { Hash64 } from '@topgun/core/primitives';
import type { Hello, ServerMessage } from '@topgun/core/protocol';
import type { Rules } from '@topgun/core/rules';
import type { SchemaDefinition } from '@topgun/core/schema';
import { createInProcessBus } from '../drivers/in-process-bus.js';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import type { AllowsOrigin } from '../gateway/allowed-origins.js';
import type { Authentication } from '../gateway/authentication.js';
import { toBudgets, type BudgetOptions } from '../gateway/budgets/budgets.js';
import type { ArrivedFrom } from '../gateway/caller.js';
import type { ClientLink } from '../gateway/client-link.js';
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from '../gateway/gateway-limits.js';
import { ConnectionHooks } from '../gateway/connection-hooks.js';
import { createGateway, type Gateway } from '../gateway/gateway.js';
import type { Session } from '../gateway/session.js';
import type { AuditEntry, AuditLog } from '../ports/audit-log.js';
import type { Identity } from '../ports/identity.js';
import type { Timers } from '../ports/environment.js';
import { HOST_COMMANDS, HOST_EVENTS } from '../ports/host-subjects.js';
import { createRecordedLog, type LogEntry } from './recorded-log.js';
import type { ServerHooks } from '../services/hooks/server-hooks.js';
import type { Procedures } from '../services/procedures/procedure.js';
import type { Pieces } from '../services/query/view-turns.js';
import { startTestHost, type TestHost } from './test-host.js';
import { createTimedTimers, type TimedTimers } from './timed-timers.js';

/** One client as the gateway sees it, and what it was sent. */
export interface TestClient {
  readonly session: Session;
  readonly received: ServerMessage[];
  /** The same, by what was sent at once. */
  readonly packets: (readonly ServerMessage[])[];
  /** How the connection was closed by the server; `null` while it is open. */
  readonly closed: { readonly discard: boolean } | null;
  /** What the next messages find unread. */
  buffered: number;
  /** Messages of one type. */
  of<Type extends ServerMessage['type']>(type: Type): Extract<ServerMessage, { type: Type }>[];
  /** Sends a message as if it had come over the wire. */
  send(message: unknown): void;
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly hosted: TestHost;
  readonly logged: LogEntry[];
  /** What was noted for operators. */
  readonly audited: AuditEntry[];
  /** Of the host's clock. */
  readonly timers: TimedTimers;
  connect(hello?: Partial<Hello>, identity?: Identity | null, from?: Partial<ArrivedFrom>): TestClient;
}

/** A gateway and a host on memory drivers; clients without a socket. */
export async function startTestGateway(
  hash: Hash64,
  options: {
    readonly limits?: Partial<GatewayLimits>;
    readonly disk?: MemoryDisk;
    readonly timers?: Timers;
    readonly authentication?: Authentication;
    readonly rules?: Rules;
    readonly hooks?: ServerHooks;
    readonly procedures?: Procedures;
    /** Those of `timers` of the result then count. */
    readonly budgets?: BudgetOptions;
    readonly allowsOrigin?: AllowsOrigin;
    readonly schema?: SchemaDefinition;
    readonly pieces?: Pieces;
  } = {},
): Promise<TestGateway> {
  const limits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits };
  const audited: AuditEntry[] = [];
  const audit: AuditLog = { note: (entry) => void audited.push(entry) };
  const hosted = await startTestHost({
    audit,
    disk: options.disk ?? createMemoryDisk(),
    hash,
    limits,
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
    ...(options.procedures === undefined ? {} : { procedures: options.procedures }),
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    ...(options.pieces === undefined ? {} : { pieces: options.pieces }),
  });
  const bus = createInProcessBus();
  hosted.host.onEvent((event) => bus.publish(HOST_EVENTS, event));
  bus.subscribe(HOST_COMMANDS, (command) => hosted.host.send(command));
  const { entries, log } = createRecordedLog();
  let ids = 0;
  const timed = createTimedTimers(hosted.clock);
  const paced = options.budgets === undefined ? {} : { timers: timed, budgets: toBudgets(options.budgets).budgets };
  const gateway = createGateway({
    bus,
    ...hosted.started,
    limits,
    log,
    clock: { now: () => hosted.clock.now },
    ...(options.timers === undefined ? {} : { timers: options.timers }),
    ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
    random: { id: () => `session-${++ids}` },
    ...(options.hooks === undefined
      ? {}
      : {
          connectionHooks: new ConnectionHooks({
            hooks: options.hooks,
            timers: hosted.timers,
            log,
            random: { id: () => `connection-${++ids}` },
          }),
        }),
    audit,
    ...paced,
    ...(options.allowsOrigin === undefined ? {} : { allowsOrigin: options.allowsOrigin }),
  });

  return {
    gateway,
    hosted,
    logged: entries,
    audited,
    timers: timed,
    connect(hello = {}, identity = null, from = {}) {
      const received: ServerMessage[] = [];
      const packets: (readonly ServerMessage[])[] = [];
      let closed: TestClient['closed'] = null;
      let buffered = 0;
      const link: ClientLink = {
        send(...messages) {
          const packet = structuredClone(messages);
          packets.push(packet);
          received.push(...packet);
        },
        bufferedBytes: () => buffered,
        close: (discard) => {
          closed = { discard };
        },
      };
      const caller = gateway.arrive({ address: null, origin: undefined, host: undefined, ...from });
      const admitted = gateway.admit({ protocol: 1, replicas: [], lineage: null, ...hello }, caller);
      if (!admitted.ok) throw new Error(admitted.error.reason);
      const session = gateway.connect(admitted.value, link, identity, caller);
      return {
        session,
        received,
        packets,
        get closed() {
          return closed;
        },
        get buffered() {
          return buffered;
        },
        set buffered(bytes) {
          buffered = bytes;
        },
        of: <Type extends ServerMessage['type']>(type: Type) =>
          received.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type),
        send: (message) => session.receive(structuredClone(message), JSON.stringify(message).length),
      };
    },
  };
}
