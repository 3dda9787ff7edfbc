import type { ReplicaId } from '@topgun/core/clock';
import { isServerReplica } from '@topgun/core/crdt';
import { decodeBase64url, ok } from '@topgun/core/primitives';
import {
  parseClientMessage,
  type AnnounceMessage,
  type DecidedMessage,
  type TurnMessage,
  type ErrorCode,
  type HelloSub,
  type PushedSub,
  type ServerMessage,
  type SubscribeMessage,
} from '@topgun/core/protocol';
import { describeQueryError } from '@topgun/core/query';
import type { AuditedEvent } from '../ports/audit-log.js';
import type { Logger } from '../ports/environment.js';
import type { HostCommand, HostEvent, ReplicaIntroduction, SessionId, ViewRefusal } from '../ports/partition-host.js';
import type { SessionNews } from '../services/sync/commit-messages.js';
import { SessionSubscriptions, type AnswerMessage } from '../services/sync/session-subscriptions.js';
import { costsOfMessage } from './budgets/costs.js';
import { overdrawnText, type Overdrawn } from './budgets/overdrawn.js';
import type { Pacing } from './budgets/pacing.js';
import { checkSubscription } from './check-subscription.js';
import type { ClientLink } from './client-link.js';
import type { GatewayLimits } from './gateway-limits.js';
import { Inbox, type Incoming, type Understood } from './inbox.js';
import { routeMessage, type MessageRoutes } from './message-router.js';
import { Outgoing } from './outgoing.js';
import { Questions } from './questions.js';

export interface SessionOptions {
  readonly id: SessionId;
  /** Those of the hello. */
  readonly replicas: readonly ReplicaIntroduction[];
  /** The ledger that the client knows. */
  readonly lineage: string | null;
  /** PT-10: what the hello asks for. */
  readonly subs: readonly HelloSub[];
  readonly link: ClientLink;
  readonly limits: GatewayLimits;
  readonly log: Logger;
  readonly command: (command: HostCommand) => void;
  /** Server time, and the position up to which everything has been told. */
  readonly status: () => { readonly serverTime: number; readonly through: number };
  /** Runs it when others have had their turn. */
  readonly nextTurn: (run: () => void) => void;
  /** Judges another token of the same client; ends the session when it may not go on. Never rejects. */
  readonly showToken: (token: string) => Promise<void>;
  /** AB-1: what it may have, and how it waits. Left out, nothing is counted. */
  readonly pacing?: Pacing;
  /** Notes what operators look for. */
  readonly audit: (event: AuditedEvent) => void;
  readonly onClosed: (session: Session) => void;
}

/** One live connection: judges the form of what comes in, numbers what goes out. It decides nothing about data. */
export class Session implements MessageRoutes {
  readonly id: SessionId;
  readonly lineage: string | null;
  /** Of each replica of the hello, the sequence it gave. */
  readonly greeted: ReadonlyMap<ReplicaId, number>;
  readonly #options: SessionOptions;
  readonly #subscriptions = new SessionSubscriptions();
  readonly #outgoing: Outgoing;
  readonly #questions: Questions;
  /** `null`: whoever asks gets, at once. */
  readonly #inbox: Inbox | null;
  /** What has been told completely, while an answer holds up what comes after, or something has been left out. */
  #toldThrough = 0;
  #replicas: number;
  #malformedInARow = 0;
  #failedExchanges = 0;
  /** The position that `welcome` said. */
  #welcomedAt: number | null = null;
  #closed = false;
  #isJudgingToken = false;
  /** The last of the tokens that came while one was judged. */
  #nextToken: string | null = null;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.lineage = options.lineage;
    this.greeted = new Map(options.replicas.map(([replica, issued]) => [replica, issued]));
    this.#options = options;
    this.#outgoing = new Outgoing(options.link);
    this.#replicas = options.replicas.length;
    this.#questions = new Questions({
      command: options.command,
      nextTurn: options.nextTurn,
      isHeldUp: () => this.#outgoing.isAnswering || this.#closed,
      ...(options.pacing === undefined ? {} : { pacing: options.pacing }),
    });
    this.#inbox =
      options.pacing === undefined
        ? null
        : new Inbox({
            ...options.pacing,
            understand: (incoming) => this.#understand(incoming),
            onOverdrawn: (overdrawn) => this.#overdrawn(overdrawn),
          });
  }

  /** PT-10: the hello asks for something. */
  get isAsking(): boolean {
    return this.#options.subs.length > 0;
  }

  /** PT-10: takes what the hello asks for as if it came now, after `welcome`. */
  begin(): void {
    for (const sub of this.#options.subs) {
      const message = { ...sub, type: 'subscribe' as const };
      this.receive(message, Buffer.byteLength(JSON.stringify(message)));
    }
  }

  /** One message that has been taken apart already; `bytes` is its size on the wire. */
  receive(input: unknown, bytes: number): void {
    this.take({ bytes, read: () => ok(input) });
  }

  /** One message as it came. */
  take(incoming: Incoming): void {
    if (this.#closed) return;
    const { messageBytes } = this.#options.limits;
    const { bytes } = incoming;
    if (bytes > messageBytes) {
      if (this.#isOneTooMany()) return;
      // Whatever it was, leaving it out would break the order of ops: the session ends, a new one sends again.
      this.fail('message-too-large', `The message has ${bytes} bytes; at most ${messageBytes} are taken.`);
    } else if (this.#inbox === null) this.#understand(incoming)?.run();
    else this.#inbox.take(incoming);
  }

  #understand({ bytes, read }: Incoming): Understood | null {
    const input = read();
    // Nobody knows what it was.
    if (!input.ok) return this.#malformed(input.error, true);
    const message = parseClientMessage(input.value);
    if (!message.ok) return this.#malformed(`${message.error.at}: ${message.error.reason}`, isSubmit(input.value));
    this.#malformedInARow = 0;
    return { costs: costsOfMessage(message.value), run: () => routeMessage(message.value, bytes, this) };
  }

  /** Something that is no message. Ops among it are lost to this session, and none may be decided after them. */
  #malformed(reason: string, holdsOps: boolean): null {
    if (this.#isOneTooMany()) return null;
    this.#malformedInARow += 1;
    const { malformedInARow } = this.#options.limits;
    this.#tell('malformed', reason, holdsOps || this.#malformedInARow >= malformedInARow);
    return null;
  }

  /** AB-9: whoever sends what cannot be understood again and again, on however many connections, is sent away. */
  #isOneTooMany(): boolean {
    const overdrawn = this.#options.pacing?.budget.noteMalformed() ?? null;
    if (overdrawn !== null) this.#overdrawn(overdrawn);
    return overdrawn !== null;
  }

  /** What came was no message at all, and the line is cut for it, or is already. */
  unreadable(): void {
    this.#isOneTooMany();
  }

  /** AB-3: nothing is lost by it: what was not decided the client sends again, when it is told to. */
  #overdrawn(overdrawn: Overdrawn, reason: string = overdrawnText(overdrawn)): void {
    this.#options.audit({ event: 'overdrawn', scope: overdrawn.scope, resource: overdrawn.resource });
    const retryAfterMs = this.#options.pacing?.budget.keepOut(overdrawn) ?? overdrawn.retryAfterMs;
    if (this.#closed) return;
    this.#tell('overloaded', reason, true, retryAfterMs, true);
  }

  /** CL-5: more ops came than may be undecided, which no client of ours sends. */
  flooded(reason: string): void {
    const { pacing } = this.#options;
    if (this.#closed) return;
    if (pacing === undefined) this.#tell('overloaded', reason, true);
    else this.#overdrawn({ scope: 'connection', resource: 'window', retryAfterMs: pacing.patienceMs }, reason);
  }

  command(command: HostCommand): void {
    this.#options.command(command);
  }

  pong(at: number): void {
    const { serverTime, through } = this.#options.status();
    // Not behind a long answer: the client would take the line for dead.
    const told = this.#isAllTold ? through : this.#toldThrough;
    if (this.#closed) return;
    this.#outgoing.sendAhead({ type: 'pong', at, serverTime, through: told });
    this.#checkUnread();
  }

  announce({ replicas }: AnnounceMessage): void {
    if (replicas.some(([replica]) => isServerReplica(replica))) {
      this.fail('unknown-replica', 'A replica of the server speaks for itself.');
      return;
    }
    this.#replicas += replicas.length;
    if (this.#replicas > this.#options.limits.replicas) {
      this.fail('overloaded', `One connection speaks for at most ${this.#options.limits.replicas} replicas.`);
      return;
    }
    this.command({ type: 'announce', session: this.id, replicas });
  }

  subscribe(message: SubscribeMessage, bytes: number): void {
    const { sub } = message;
    const { size, queryBytes } = this.#subscriptions;
    const checked = checkSubscription(message, bytes, { subscriptions: size, queryBytes }, this.#options.limits);
    if (!checked.ok) return this.#refuse(sub, checked.error.code, checked.error.reason);
    const full = this.#hold(this.#subscriptions.has(sub) ? size : size + 1);
    if (full !== null) return this.#refuse(sub, 'overloaded', overdrawnText(full), full.retryAfterMs);
    this.#subscriptions.ask(sub, bytes);
    this.#questions.add({ type: 'open-view', session: this.id, ...checked.value });
  }

  /** So many subscriptions stand. */
  #hold(count: number): Overdrawn | null {
    return this.#options.pacing?.budget.holdSubscriptions(count) ?? null;
  }

  #endSubscription(sub: number): void {
    this.#subscriptions.end(sub);
    this.#hold(this.#subscriptions.size);
  }

  turn({ sub, nodes }: TurnMessage): void {
    const bytes = decodeBase64url(nodes);
    if (bytes.ok) this.command({ type: 'exchange', session: this.id, sub, nodes: bytes.value });
    else this.exchangeFailed({ sub, reason: 'a turn is base64url' });
  }

  unsubscribe(sub: number): void {
    this.#endSubscription(sub);
    this.#questions.drop(sub);
    this.command({ type: 'close-view', session: this.id, sub });
  }

  /** Tokens are judged one at a time, and of those that came meanwhile the last. */
  token(token: string): void {
    this.#nextToken = token;
    if (!this.#isJudgingToken) void this.#judgeTokens();
  }

  async #judgeTokens(): Promise<void> {
    this.#isJudgingToken = true;
    while (this.#nextToken !== null && !this.#closed) {
      const token = this.#nextToken;
      this.#nextToken = null;
      await this.#options.showToken(token);
    }
    this.#isJudgingToken = false;
  }

  /** The token ends soon: the client may show another, and the connection goes on. */
  askForToken(): void {
    if (this.#closed) return;
    const reason = 'The token ends soon; another one lets the connection go on.';
    this.#outgoing.sendAhead({ type: 'error', code: 'needs-auth', reason, fatal: false });
  }

  /** The first message, or the answer to something other than a subscription. */
  tell(message: Exclude<ServerMessage, { readonly sub: number }>): void {
    if (message.type === 'welcome') this.#welcomedAt = message.position;
    this.#send(message);
  }

  /** So many records were looked at for a view of it. */
  viewCost(looked: number): void {
    this.#questions.cost(looked);
  }

  /** PR-5: what it has cost is known now. */
  called({ name, answer, rows, ops }: Extract<HostEvent, { type: 'call-answered' }>): void {
    this.#options.pacing?.budget.charge({ rows, ops });
    if (answer.type === 'call-refused') {
      this.#options.audit({ event: 'call-refused', procedure: name.slice(0, 128), code: answer.code });
    }
    this.tell(answer);
  }

  viewOpened({ sub, rows, full, through, anew }: Extract<HostEvent, { type: 'view-opened' }>): void {
    this.#questions.cost(rows.length);
    this.#answer(sub, this.#subscriptions.answer(sub, rows, full, through, anew));
  }

  viewResumed({ sub, changes, nodes, full, through }: Extract<HostEvent, { type: 'view-resumed' }>): void {
    this.#questions.cost(changes.length);
    const isSame = changes.length === 0 && nodes.length === 0 && this.#subscriptions.isFirst(sub);
    if (isSame) this.#answer(sub, this.#subscriptions.same(sub, full, through === this.#welcomedAt ? null : through));
    else this.#answer(sub, this.#subscriptions.resume(sub, { changes, nodes, full, through }));
  }

  viewLevel({ sub, nodes }: Extract<HostEvent, { type: 'view-level' }>): void {
    this.#answer(sub, this.#subscriptions.level(sub, nodes));
  }

  /** What the client says of an exchange is nonsense. It ends the subscription, and when it goes on like that, the session. */
  exchangeFailed({ sub, reason }: { readonly sub: number; readonly reason: string }): void {
    if (this.#closed || this.#isOneTooMany()) return;
    this.unsubscribe(sub);
    this.#failedExchanges += 1;
    if (this.#failedExchanges >= this.#options.limits.malformedInARow) this.#tell('malformed', reason, true);
    else this.#refuse(sub, 'malformed', reason);
    this.#questions.answered(sub);
  }

  #answer(sub: number, messages: readonly AnswerMessage[]): void {
    if (!this.#closed) {
      if (this.#isAllTold) this.#toldThrough = this.#options.status().through;
      this.#outgoing.answer(messages);
    }
    this.#questions.answered(sub);
  }

  viewRefused({ sub, error }: Extract<HostEvent, { type: 'view-refused' }>): void {
    this.#endSubscription(sub);
    if ('path' in error) this.#refuse(sub, 'bad-query', describeQueryError(error));
    else this.#refuse(sub, error.code, error.message);
    this.#questions.answered(sub);
  }

  /** The host has closed the view: more rows match than may without a limit. */
  viewOutgrown(sub: number, { code, message }: ViewRefusal): void {
    this.#endSubscription(sub);
    this.#refuse(sub, code, message);
  }

  /** PI-1: verdicts first, then diffs. Who had ops in the commit always gets a push, if only for its `through`. */
  committed(position: number, { decided, diffs }: SessionNews): void {
    for (const { rejected } of decided) if (rejected.length > 0) this.#noteRefused(rejected);
    if (diffs.length > 0 && (this.#subscriptions.isBehind || this.#isCrowded)) {
      if (this.#isAllTold) this.#toldThrough = position - 1;
      for (const { sub } of diffs) this.#subscriptions.skip(sub);
    }
    if (this.#subscriptions.isBehind) {
      if (decided.length > 0) this.#send(...decided);
      return;
    }
    const subs: PushedSub[] = [];
    for (const { sub, changes, full } of diffs) {
      const pushed = this.#subscriptions.push(sub, changes, full);
      if (pushed !== null) subs.push(pushed);
    }
    if (subs.length > 0 || decided.length > 0) this.#send(...decided, { type: 'push', through: position, subs });
  }

  /** Whoever tries what is not theirs is to be seen; one line for each rule that refused something. */
  #noteRefused(rejected: DecidedMessage['rejected']): void {
    const byRule = new Map<string, number>();
    for (const { code, reason } of rejected) {
      if (code === 'not-permitted') byRule.set(reason, (byRule.get(reason) ?? 0) + 1);
    }
    for (const [rule, ops] of byRule) this.#options.audit({ event: 'ops-refused', rule, ops });
  }

  /** PT-9: the client leaves so much unread that pushes would only pile up. */
  get #isCrowded(): boolean {
    return this.#outgoing.backlogBytes > this.#options.limits.pushBytes;
  }

  /** Everything there was to tell is on its way, and nothing else before it. */
  get #isAllTold(): boolean {
    return !this.#outgoing.isAnswering && !this.#subscriptions.isBehind;
  }

  /** PT-9: once the client reads again it hears that it missed something, and of what. */
  #catchUp(): void {
    if (!this.#subscriptions.isBehind || this.#closed || this.#outgoing.isAnswering) return;
    if (this.#outgoing.backlogBytes > this.#options.limits.pushBytes / 2) return;
    const { through } = this.#options.status();
    this.#send({ type: 'push', through, subs: this.#subscriptions.catchUp() });
  }

  /** Tells the client why, then closes. */
  fail(code: ErrorCode, reason: string): void {
    if (!this.#closed) this.#tell(code, reason, true);
  }

  /** The client has read something of what was sent. */
  drained(): void {
    if (this.#closed) return;
    this.#outgoing.drained();
    this.#catchUp();
    this.#questions.askNext();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#end();
  }

  #refuse(sub: number, code: ErrorCode, reason: string, retryAfterMs?: number): void {
    this.#options.log.info('a subscription was refused or ended', { session: this.id, code, reason });
    this.#options.audit({ event: 'subscription-refused', code });
    const later = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#send({ type: 'error', code, reason: clipped(reason), about: { sub }, ...later, fatal: false });
  }

  #tell(code: ErrorCode, reason: string, fatal: boolean, retryAfterMs?: number, deaf: boolean = false): void {
    this.#options.log.warn('a client was told an error', { session: this.id, code, reason, fatal });
    if (!fatal) {
      this.#send({ type: 'error', code, reason: clipped(reason), fatal });
      return;
    }
    this.#options.audit({ event: 'connection-ended', code });
    this.#outgoing.drop();
    const later = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#outgoing.sendAhead({ type: 'error', code, reason: clipped(reason), ...later, fatal });
    this.#end();
    this.#options.link.close(false, deaf);
  }

  #send(...messages: readonly ServerMessage[]): void {
    if (this.#closed) return;
    this.#outgoing.send(...messages);
    this.#checkUnread();
  }

  #checkUnread(): void {
    const { link, limits, log } = this.#options;
    const unread = this.#outgoing.unreadBytes;
    if (unread <= limits.bufferedBytes) return;
    log.warn('a client does not read what it is sent', { session: this.id, unread });
    this.#options.audit({ event: 'connection-ended', code: 'slow-consumer' });
    const reason = `More than ${limits.bufferedBytes} bytes wait to be read.`;
    this.#outgoing.drop();
    this.#outgoing.sendAhead({ type: 'error', code: 'slow-consumer', reason, fatal: true });
    this.#end();
    link.close(true);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outgoing.drop();
    this.#questions.clear();
    this.#inbox?.close();
    this.#options.pacing?.budget.close();
    this.command({ type: 'session-closed', session: this.id });
    this.#options.onClosed(this);
  }
}

const isSubmit = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && (input as { type?: unknown }).type === 'submit';

/** A reason may quote what the client sent. */
const clipped = (reason: string): string => (reason.length > 1000 ? `${reason.slice(0, 1000)}…` : reason);
