import { isServerReplica } from '@topgun/core/crdt';
import { assertNever, err, ok, type Result } from '@topgun/core/primitives';
import { parseHello, toldLimits, type ErrorCode, type Hello } from '@topgun/core/protocol';
import type { Bus } from '../ports/bus.js';
import type { Clock, Logger, Random, Timers } from '../ports/environment.js';
import { HOST_COMMANDS, HOST_EVENTS } from '../ports/host-subjects.js';
import type { Committed, HostEvent, SessionId } from '../ports/partition-host.js';
import { newsBySession } from '../services/sync/commit-messages.js';
import type { Identity } from '../ports/identity.js';
import { NO_AUDIT, type AuditedClient, type AuditLog } from '../ports/audit-log.js';
import type { AllowsOrigin } from './allowed-origins.js';
import { identify, renew, type Authentication } from './authentication.js';
import { BudgetBook } from './budgets/budget-book.js';
import type { Budgets } from './budgets/budgets.js';
import { overdrawnText, type Overdrawn } from './budgets/overdrawn.js';
import type { Pacing } from './budgets/pacing.js';
import { UNKNOWN_CALLER, type ArrivedFrom, type Caller } from './caller.js';
import type { ClientLink, HelloRefusal } from './client-link.js';
import type { GatewayLimits } from './gateway-limits.js';
import type { ConnectionHooks } from './connection-hooks.js';
import { Session } from './session.js';
import { TokenLife } from './token-life.js';
import { TurnedAway } from './turned-away.js';

export interface GatewayOptions {
  readonly bus: Bus;
  readonly lineage: string;
  /** The ledger position the hosts started from. */
  readonly position: number;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Between two views that one client opens others get their turn. Left out, all open at once. */
  readonly timers?: Timers;
  /** Left out, everybody is let in, and nobody is anybody. */
  readonly authentication?: Authentication;
  /** What the app's server says of connections. Left out: nothing. */
  readonly connectionHooks?: ConnectionHooks;
  /** AB-1: what clients may have. With `timers`. Left out, nothing is counted. */
  readonly budgets?: Budgets;
  /** AB-4: pages of which origins may connect. Left out, all. */
  readonly allowsOrigin?: AllowsOrigin;
  readonly audit?: AuditLog;
}

/** Connects clients' sessions with the partition hosts. Knows nothing of what carries the messages. */
export interface Gateway {
  /** AB-9: nobody who comes from there needs to be heard. Asked before anything else; changes nothing. */
  turnsAway(from: Pick<ArrivedFrom, 'address'>): boolean;
  /** Somebody has opened a line. */
  arrive(from: ArrivedFrom): Caller;
  /** Judges a connection request before there is a session. */
  admit(hello: unknown, caller?: Caller): Result<Hello, HelloRefusal>;
  /** Who it is that asks; `null` where nobody is asked. After `admit`, which may not hold any more by then. */
  identify(hello: Hello, caller?: Caller): Promise<Result<Identity | null, HelloRefusal>>;
  /** Opens a session; its first message is `welcome`. `identity`: as `identify` has it. */
  connect(hello: Hello, link: ClientLink, identity?: Identity | null, caller?: Caller): Session;
  readonly sessions: number;
  /** Whether clients are admitted, but for a moment. */
  readonly isOpen: boolean;
  /** PI-36: the part that holds the data begins again; until then nobody is admitted. */
  readonly isHostDown: boolean;
  /** PI-10: from now on nobody is admitted. */
  refuseNew(): void;
  /** Tells every client why, and closes. */
  closeAll(code: ErrorCode, reason: string): void;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { audit = NO_AUDIT, authentication, bus, connectionHooks, clock, limits, log, random } = options;
  const pacing = pacingOf(options);
  const sessions = new Map<SessionId, Session>();
  const welcomed = new Set<SessionId>();
  const told = toldLimits(limits);
  const turnedAway = new TurnedAway();
  let through = options.position;
  let { lineage } = options;
  let open = true;
  let isHostDown = false;

  /** PI-36: nobody is admitted while there is no host either. */
  const whyClosed = (): HelloRefusal | null => (!open ? SHUTTING_DOWN : isHostDown ? HOST_DOWN : null);

  const judge = (hello: unknown): Result<Hello, HelloRefusal> => {
    const closed = whyClosed();
    if (closed !== null) return err(closed);
    const parsed = parseHello(hello);
    if (!parsed.ok) {
      const { code, at, reason } = parsed.error;
      return err({ code, reason: code === 'malformed' ? `${at}: ${reason}` : reason });
    }
    if (parsed.value.replicas.length > limits.replicas) {
      return err({ code: 'overloaded', reason: `One connection speaks for at most ${limits.replicas} replicas.` });
    }
    if (parsed.value.replicas.some(([replica]) => isServerReplica(replica))) {
      return err({ code: 'unknown-replica', reason: 'A replica of the server speaks for itself.' });
    }
    return ok(parsed.value);
  };

  const status = () => ({ serverTime: clock.now(), through });

  const announced = (event: Extract<HostEvent, { type: 'announced' }>): void => {
    const session = sessions.get(event.session);
    if (session === undefined) return;
    const gaps = event.gaps === true ? { gaps: event.gaps } : {};
    if (welcomed.has(event.session)) {
      session.tell({ type: 'announced', decided: event.decided, ...gaps });
      return;
    }
    welcomed.add(event.session);
    // PT-10: who comes from another ledger has to see to that first.
    const subscribed = session.isAsking && event.gaps !== true && [lineage, null].includes(session.lineage);
    const decided = event.decided.filter(([replica, seq]) => session.greeted.get(replica) !== seq);
    session.tell({
      type: 'welcome',
      ...(session.lineage === lineage ? {} : { lineage }),
      position: event.position,
      serverTime: clock.now(),
      ...(decided.length === 0 ? {} : { decided }),
      ...gaps,
      ...(subscribed ? { subscribed } : {}),
      ...(told === undefined ? {} : { limits: told }),
    });
    if (subscribed) session.begin();
  };

  const committed = (event: Committed): void => {
    through = event.position;
    for (const [id, news] of newsBySession(event)) sessions.get(id)?.committed(event.position, news);
    for (const { session, sub, error } of event.outgrown) sessions.get(session)?.viewOutgrown(sub, error);
  };

  const receive = (event: HostEvent): void => {
    switch (event.type) {
      case 'announced':
        announced(event);
        return;
      case 'view-cost':
        sessions.get(event.session)?.viewCost(event.looked);
        return;
      case 'view-opened':
        sessions.get(event.session)?.viewOpened(event);
        return;
      case 'view-resumed':
        sessions.get(event.session)?.viewResumed(event);
        return;
      case 'view-level':
        sessions.get(event.session)?.viewLevel(event);
        return;
      case 'exchange-failed':
        sessions.get(event.session)?.exchangeFailed(event);
        return;
      case 'view-refused':
        sessions.get(event.session)?.viewRefused(event);
        return;
      case 'journal-answered':
      case 'search-answered':
        sessions.get(event.session)?.tell(event.answer);
        return;
      case 'call-answered':
        sessions.get(event.session)?.called(event);
        return;
      case 'committed':
        committed(event);
        return;
      case 'history-changed':
        ({ lineage } = event);
        return;
      case 'maps-measured':
      case 'replicas-checked':
      case 'session-settled':
      case 'judged':
      case 'tried':
      case 'enter-lane':
      case 'leave-lane':
      case 'look-up':
      case 'looked-up':
      case 'propose-call':
      case 'call-part-ended':
      case 'search-changed':
      case 'search-shared':
      case 'search-ranked':
      case 'search-shown':
      case 'search-counted':
        // Not for sessions.
        return;
      case 'session-error':
        if (event.code === 'window-exceeded') sessions.get(event.session)?.flooded(event.reason);
        else sessions.get(event.session)?.fail(event.code, event.reason);
        return;
      case 'host-down':
        isHostDown = true;
        endAll('internal', HOST_DOWN.reason);
        return;
      case 'host-up':
        ({ lineage, position: through } = event);
        isHostDown = false;
        return;
      case 'fenced':
      case 'ledger-lost':
      case 'ledger-damaged':
      case 'host-lost':
        closeAll('shutting-down', 'This server has stopped serving.');
        return;
      default:
        assertNever(event);
    }
  };

  const endAll = (code: ErrorCode, reason: string): void => {
    for (const session of [...sessions.values()]) session.fail(code, reason);
  };

  const closeAll = (code: ErrorCode, reason: string): void => {
    open = false;
    endAll(code, reason);
  };

  bus.subscribe(HOST_EVENTS, receive);

  /** A token shown on a connection that stands. */
  const shown = async (session: Session, life: TokenLife | null, present: Identity, token: string): Promise<void> => {
    const next = await identify(token, authentication!);
    if (!sessions.has(session.id)) return;
    if (!next.ok) {
      // The one before still holds, to its end.
      if (next.error.code === 'auth-unavailable') log.warn('a token could not be verified', next.error);
      else session.fail('needs-auth', next.error.reason);
      return;
    }
    const renewal = renew(present, next.value);
    if (renewal.type === 'goes-on') life?.set(renewal.expiresAtMs);
    else session.fail('session-replaced', renewal.reason);
  };

  const refused = (
    refusal: HelloRefusal,
    { address }: Caller,
    who: AuditedClient = {},
  ): Result<never, HelloRefusal> => {
    log.warn('a connection was refused', refusal);
    audit.note({ event: 'connection-refused', code: refusal.code, address, ...who });
    return err(refusal);
  };

  /** AB-9: whoever comes too soon is told so late: to try at once again and again is of no use, and costs little. */
  const tooSoon = async (principal: string | null, caller: Caller): Promise<Result<never, HelloRefusal> | null> => {
    const told = pacing?.book.tooSoon(principal, caller.address) ?? null;
    if (told === null || pacing === null) return null;
    await pacing.pause(Math.min(told.retryAfterMs, HELD_MS));
    const still = pacing.book.tooSoon(principal, caller.address);
    return still === null ? null : refused(refusalOf(still), caller, { principal });
  };

  return {
    turnsAway: ({ address }) => pacing?.book.turnsAway(address) ?? false,
    arrive(from) {
      const { address, origin } = from;
      const arrival = pacing?.book.arrive(address);
      const isForeign = options.allowsOrigin?.(from) === false;
      if (isForeign) audit.note({ event: 'connection-refused', code: 'not-permitted', address, origin: origin ?? '' });
      const overdrawn = arrival?.refusal ?? null;
      return {
        address,
        refusal: isForeign ? foreignOrigin(origin) : overdrawn === null ? null : refusalOf(overdrawn),
        left: () => arrival?.leave(),
      };
    },
    async identify(hello, caller = UNKNOWN_CALLER) {
      // Whose token it is was found out before.
      const known = hello.token === undefined ? undefined : turnedAway.get(hello.token);
      if (known !== undefined) {
        const again = await tooSoon(known, caller);
        if (again !== null) return again;
        turnedAway.delete(hello.token!);
      }
      const identified = authentication === undefined ? ok(null) : await identify(hello.token, authentication);
      if (!identified.ok) return refused(identified.error, caller);
      const principal = identified.value?.principal ?? null;
      const early = await tooSoon(principal, caller);
      if (early !== null) {
        if (principal !== null && hello.token !== undefined) turnedAway.set(hello.token, principal);
        return early;
      }
      const overdrawn = principal === null ? null : (pacing?.book.refusalOf(principal) ?? null);
      if (overdrawn !== null) return refused(refusalOf(overdrawn), caller, { principal });
      const admitted = (await connectionHooks?.admit(hello, identified.value)) ?? identified;
      if (!admitted.ok) return refused(admitted.error, caller, { principal });
      const closed = whyClosed();
      return closed === null ? identified : err(closed);
    },
    admit(hello, caller = UNKNOWN_CALLER) {
      if (caller.refusal !== null) return refused(caller.refusal, caller);
      const judged = judge(hello);
      return judged.ok ? judged : refused(judged.error, caller);
    },
    connect(hello, link, identity = null, caller = UNKNOWN_CALLER) {
      const life =
        identity === null || options.timers === undefined
          ? null
          : new TokenLife(clock, options.timers, {
              onAsk: () => session.askForToken(),
              onEnd: () => session.fail('needs-auth', 'The token has expired.'),
            });
      const id = random.id(16);
      const { address } = caller;
      const who = { session: id, address, ...(identity === null ? {} : { principal: identity.principal }) };
      const session: Session = new Session({
        id,
        replicas: hello.replicas,
        lineage: hello.lineage,
        subs: hello.subs ?? [],
        link,
        limits,
        log,
        status,
        nextTurn: (run) => void (options.timers === undefined ? run() : options.timers.after(0, run)),
        command: (command) => bus.publish(HOST_COMMANDS, command),
        ...(pacing === null ? {} : { pacing: pacing.of(identity?.principal ?? null, address) }),
        audit: (event) => audit.note({ ...who, ...event }),
        showToken: (token) => {
          if (identity === null) return Promise.resolve();
          return shown(session, life, identity, token);
        },
        onClosed: ({ id }) => {
          life?.stop();
          void connectionHooks?.ended(hello);
          sessions.delete(id);
          welcomed.delete(id);
          audit.note({ ...who, event: 'connection-closed' });
        },
      });
      sessions.set(session.id, session);
      audit.note({ ...who, event: 'connection-opened' });
      const { replicas, lineage: known } = hello;
      const as = identity === null ? {} : { identity };
      bus.publish(HOST_COMMANDS, { type: 'announce', session: session.id, replicas, lineage: known, ...as });
      life?.set(identity?.expiresAtMs ?? null);
      // It died between the admission and this.
      if (isHostDown) session.fail(HOST_DOWN.code, HOST_DOWN.reason);
      return session;
    },
    get isOpen() {
      return open;
    },
    get isHostDown() {
      return isHostDown;
    },
    get sessions() {
      return sessions.size;
    },
    refuseNew() {
      open = false;
    },
    closeAll,
  };
}

/** AB-9: shorter than any client waits for an answer. */
const HELD_MS = 5_000;

const SHUTTING_DOWN: HelloRefusal = { code: 'shutting-down', reason: 'This server is shutting down.' };

const HOST_DOWN: HelloRefusal = {
  code: 'internal',
  reason: 'The part of the server that holds the data begins again.',
};

const refusalOf = (overdrawn: Overdrawn): HelloRefusal => ({
  code: 'overloaded',
  reason: overdrawnText(overdrawn),
  retryAfterMs: overdrawn.retryAfterMs,
});

const foreignOrigin = (origin: string | undefined): HelloRefusal => ({
  code: 'not-permitted',
  reason: `This server takes no clients from pages of ${origin}; its option allowedOrigins says of which.`,
});

function pacingOf({ budgets, clock, timers }: GatewayOptions): {
  readonly book: BudgetBook;
  of(principal: string | null, address: string | null): Pacing;
  pause(ms: number): Promise<void>;
} | null {
  if (budgets === undefined) return null;
  if (timers === undefined) throw new Error('Whoever is to wait needs timers.');
  const book = new BudgetBook(budgets, clock);
  const { patienceMs, waitingBytes } = budgets;
  return {
    book,
    of: (principal, address) => ({ budget: book.open(principal, address), patienceMs, waitingBytes, clock, timers }),
    pause: (ms) => new Promise((resolve) => void timers.after(ms, resolve)),
  };
}
