import type { ReplicaId } from '@topgun/core/clock';
import { isServerReplica } from '@topgun/core/crdt';
import { decodeDigest } from '@topgun/core/merkle';
import { decodeBase64url, isMapName } from '@topgun/core/primitives';
import {
  parseClientMessage,
  type AnnounceMessage,
  type TurnMessage,
  type ErrorCode,
  type PushedSub,
  type ServerMessage,
  type SubscribeMessage,
} from '@topgun/core/protocol';
import { describeQueryError, validateQuery, WHOLE_MAP, type Query } from '@topgun/core/query';
import type { Logger } from '../ports/environment.js';
import type { HostCommand, HostEvent, ReplicaIntroduction, SessionId, ViewRefusal } from '../ports/partition-host.js';
import type { SessionNews } from '../services/sync/commit-messages.js';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import { SessionSubscriptions, type AnswerMessage } from '../services/sync/session-subscriptions.js';
import type { ClientLink } from './client-link.js';
import type { GatewayLimits } from './gateway-limits.js';
import { routeMessage, type MessageRoutes } from './message-router.js';
import { Outgoing } from './outgoing.js';

export interface SessionOptions {
  readonly id: SessionId;
  /** Those of the hello. */
  readonly replicas: readonly ReplicaIntroduction[];
  /** The ledger that the client knows. */
  readonly lineage: string | null;
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
  /** Subscriptions that were asked for while another one's answer was on its way. */
  readonly #questions = new Map<number, Extract<HostCommand, { type: 'open-view' }>>();
  #isAsking = false;
  #isTurnTaken = false;
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
  }

  /** One message as it came; `bytes` is its size on the wire. */
  receive(input: unknown, bytes: number): void {
    if (this.#closed) return;
    const { messageBytes } = this.#options.limits;
    if (bytes > messageBytes) {
      // Whatever it was, leaving it out would break the order of ops: the session ends, a new one sends again.
      this.fail('message-too-large', `The message has ${bytes} bytes; at most ${messageBytes} are taken.`);
      return;
    }
    const message = parseClientMessage(input);
    if (message.ok) {
      this.#malformedInARow = 0;
      routeMessage(message.value, bytes, this);
    } else {
      this.malformed(`${message.error.at}: ${message.error.reason}`, isSubmit(input));
    }
  }

  /** Something that is no message. Ops among it are lost to this session, and none may be decided after them. */
  malformed(reason: string, holdsOps: boolean): void {
    if (this.#closed) return;
    this.#malformedInARow += 1;
    const { malformedInARow } = this.#options.limits;
    this.#tell('malformed', reason, holdsOps || this.#malformedInARow >= malformedInARow);
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

  subscribe({ sub, map, query = WHOLE_MAP, have, through }: SubscribeMessage, bytes: number): void {
    const { queryBytes, subscriptions } = this.#options.limits;
    if (isSystemMap(map)) {
      this.#refuse(sub, 'map-name', `The map ${map} is the server's own.`);
      return;
    }
    if (!isMapName(map)) {
      this.#refuse(sub, 'map-name', 'A map name is 1 to 128 of A–Z a–z 0–9 _ - . : /');
      return;
    }
    if (this.#subscriptions.size >= subscriptions) {
      this.#refuse(sub, 'overloaded', `One connection holds at most ${subscriptions} subscriptions.`);
      return;
    }
    if (this.#subscriptions.queryBytes + bytes > queryBytes) {
      this.#refuse(sub, 'overloaded', `The queries of one connection have at most ${queryBytes} bytes.`);
      return;
    }
    const valid = validateQuery(query);
    if (!valid.ok) {
      this.#refuse(sub, 'bad-query', describeQueryError(valid.error));
      return;
    }
    if (isWithinSystemMap(valid.value)) {
      this.#refuse(sub, 'map-name', "The query speaks of a map that is the server's own.");
      return;
    }
    this.#subscriptions.ask(sub, bytes);
    this.#questions.delete(sub);
    const held = through === undefined ? {} : { heldThrough: through };
    const digest = have === undefined ? null : decodeDigest(have);
    this.#questions.set(sub, {
      type: 'open-view',
      session: this.id,
      sub,
      map,
      query: valid.value,
      have: digest,
      ...held,
    });
    this.#askNext();
  }

  turn({ sub, nodes }: TurnMessage): void {
    const bytes = decodeBase64url(nodes);
    if (bytes.ok) this.command({ type: 'exchange', session: this.id, sub, nodes: bytes.value });
    else this.exchangeFailed({ sub, reason: 'a turn is base64url' });
  }

  unsubscribe(sub: number): void {
    this.#subscriptions.end(sub);
    this.#questions.delete(sub);
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

  /** The first message, or the answer to an announcement. */
  greet(message: Extract<ServerMessage, { type: 'welcome' | 'announced' }>): void {
    if (message.type === 'welcome') this.#welcomedAt = message.position;
    this.#send(message);
  }

  viewOpened({ sub, rows, full, through, anew }: Extract<HostEvent, { type: 'view-opened' }>): void {
    this.#answer(this.#subscriptions.answer(sub, rows, full, through, anew));
  }

  viewResumed({ sub, changes, nodes, full, through }: Extract<HostEvent, { type: 'view-resumed' }>): void {
    const isSame = changes.length === 0 && nodes.length === 0 && this.#subscriptions.isFirst(sub);
    if (isSame) this.#answer(this.#subscriptions.same(sub, full, through === this.#welcomedAt ? null : through));
    else this.#answer(this.#subscriptions.resume(sub, { changes, nodes, full, through }));
  }

  viewLevel({ sub, nodes }: Extract<HostEvent, { type: 'view-level' }>): void {
    this.#answer(this.#subscriptions.level(sub, nodes));
  }

  /** What the client says of an exchange is nonsense. It ends the subscription, and when it goes on like that, the session. */
  exchangeFailed({ sub, reason }: { readonly sub: number; readonly reason: string }): void {
    this.#isAsking = false;
    if (this.#closed) return;
    this.unsubscribe(sub);
    this.#failedExchanges += 1;
    if (this.#failedExchanges >= this.#options.limits.malformedInARow) this.#tell('malformed', reason, true);
    else this.#refuse(sub, 'malformed', reason);
    this.#askNext();
  }

  #answer(messages: readonly AnswerMessage[]): void {
    this.#isAsking = false;
    if (!this.#closed) {
      if (this.#isAllTold) this.#toldThrough = this.#options.status().through;
      this.#outgoing.answer(messages);
    }
    this.#askNext();
  }

  viewRefused({ sub, error }: Extract<HostEvent, { type: 'view-refused' }>): void {
    this.#isAsking = false;
    this.#subscriptions.end(sub);
    if ('path' in error) this.#refuse(sub, 'bad-query', describeQueryError(error));
    else this.#refuse(sub, error.code, error.message);
    this.#askNext();
  }

  /** The host has closed the view: more rows match than may without a limit. */
  viewOutgrown(sub: number, { code, message }: ViewRefusal): void {
    this.#subscriptions.end(sub);
    this.#refuse(sub, code, message);
  }

  /** PI-1: verdicts first, then diffs. Who had ops in the commit always gets a push, if only for its `through`. */
  committed(position: number, { decided, diffs }: SessionNews): void {
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
    this.#askNext();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#end();
  }

  /**
   * One answer at a time, however many are asked for: a client that does not read holds the rows of one. And one in a turn,
   * since to open a view may mean to look at all records of a map.
   */
  #askNext(): void {
    if (this.#isAsking || this.#isTurnTaken || this.#outgoing.isAnswering || this.#closed) return;
    for (const [sub, question] of this.#questions) {
      this.#questions.delete(sub);
      // SE-43: a search may have to wait for its index, and nothing else waits with it. Its answer is small.
      this.#isAsking = question.query.search === undefined;
      this.#isTurnTaken = true;
      this.command(question);
      this.#options.nextTurn(() => {
        this.#isTurnTaken = false;
        this.#askNext();
      });
      return;
    }
  }

  #refuse(sub: number, code: ErrorCode, reason: string): void {
    this.#options.log.info('a subscription was refused or ended', { session: this.id, code, reason });
    this.#send({ type: 'error', code, reason: clipped(reason), about: { sub }, fatal: false });
  }

  #tell(code: ErrorCode, reason: string, fatal: boolean): void {
    this.#options.log.warn('a client was told an error', { session: this.id, code, reason, fatal });
    if (!fatal) {
      this.#send({ type: 'error', code, reason: clipped(reason), fatal });
      return;
    }
    this.#outgoing.drop();
    this.#outgoing.sendAhead({ type: 'error', code, reason: clipped(reason), fatal });
    this.#end();
    this.#options.link.close(false);
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
    this.command({ type: 'session-closed', session: this.id });
    this.#options.onClosed(this);
  }
}

/** QU-45: rows of a map tell of those that they are related to. */
const isWithinSystemMap = ({ within }: Query): boolean =>
  within !== undefined && (isSystemMap(within.map) || isWithinSystemMap(within.query));

const isSubmit = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && (input as { type?: unknown }).type === 'submit';

/** A reason may quote what the client sent. */
const clipped = (reason: string): string => (reason.length > 1000 ? `${reason.slice(0, 1000)}…` : reason);
