import { checkValue, decodeValue, encodeValue, TopGunError } from '../primitives/index.js';
import { CALL_ID_PATTERN, MAX_PROCEDURE_NAME, type CallMessage, type CallRefusal } from '../protocol/index.js';
import { whyNoAnswer } from './await-answer.js';
import { isConnected } from './connection/connection-state.js';
import type { AnswerTo } from './ports/server-question.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import type { PendingBarrier } from './state/pending-barrier.js';

/** Any procedures: where an app does not say which its server has. */
export interface AnyCalls {
  readonly [name: string]: { readonly args: unknown; readonly result: unknown };
}

export type ArgsOf<P, K extends keyof P> = P[K] extends { readonly args: infer A } ? A : unknown;
export type ResultOf<P, K extends keyof P> = P[K] extends { readonly result: infer R } ? R : unknown;

/** The arguments may be left out where the procedure takes none. */
export type CallParts<A> = undefined extends A ? [args?: A, options?: CallOptions] : [args: A, options?: CallOptions];

export interface CallOptions {
  /** How long to wait for the answer, 10,000 ms by default; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
  /** Without a connection, wait for one instead of rejecting with `offline`; for as long as `timeoutMs`. */
  readonly waitForServer?: boolean;
  /**
   * Names the call: called again with the same, from this device and by the same user, it is not run again, and tells the same result. Of each device and user the server knows the last
   * 64, for a day after the last one. 1 to 64 of `A–Z a–z 0–9 _ - .`. Default: one of its own, which the error tells.
   */
  readonly id?: string;
  /** Do not wait until this client's writes made before are decided: the procedure may not see them. */
  readonly beforeWrites?: boolean;
}

/** Something that is wrong with the arguments, and where. */
export interface CallIssue {
  readonly path: string;
  readonly reason: string;
}

/**
 * Why a call has no result.
 *
 * - `refused`: by the procedure, in words of its own; `data` is what it says besides
 * - `bad-args`: the arguments are not what it takes; `issues` say where
 * - `unknown-procedure`, `failed` (it has a fault, which the server's log tells), `too-slow`, `conflict`, `overloaded`: nothing of it was done
 * - `offline`, `needs-auth`, `incompatible`, `no-server`: it was not asked, or, if `mayHaveRun`, its answer has not come
 * - `timeout`: no answer came in time
 * - `principal-changed`: another user signed in meanwhile; `closed`: the client is closed
 */
export class CallError extends TopGunError<CallErrorCode> {
  override readonly name = 'CallError';
  /** With it the call can be repeated: it is not run again if it was run. */
  readonly id: string;
  /** Whether the server may have run it. */
  readonly mayHaveRun: boolean;
  readonly issues: readonly CallIssue[];
  readonly data: unknown;

  constructor(code: CallErrorCode, message: string, told: ToldOfCall) {
    super(code, message);
    this.id = told.id;
    this.mayHaveRun = told.mayHaveRun ?? false;
    this.issues = told.issues ?? [];
    this.data = told.data;
  }
}

export type CallErrorCode =
  | CallRefusal
  | 'offline'
  | 'timeout'
  | 'needs-auth'
  | 'incompatible'
  | 'no-server'
  | 'principal-changed'
  | 'closed';

interface ToldOfCall {
  readonly id: string;
  readonly mayHaveRun?: boolean;
  readonly issues?: readonly CallIssue[];
  readonly data?: unknown;
}

/** PR-7. See `TopGunClient.call`. */
export async function callServer(
  runtime: ClientRuntime,
  name: string,
  args: unknown,
  { timeoutMs = 10_000, waitForServer = false, beforeWrites = false, id }: CallOptions,
): Promise<unknown> {
  const { environment, questions, connectionChanges, notifier } = runtime;
  const call = id ?? environment.random.id(24);
  const wrongArgs = (path: string, reason: string): CallError =>
    new CallError('bad-args', `${reason} (${path}).`, { id: call, issues: [{ path, reason }] });
  if (!CALL_ID_PATTERN.test(call)) throw wrongArgs('id', 'The id of a call is 1 to 64 of A–Z a–z 0–9 _ - .');
  if (typeof name !== 'string' || name.length > MAX_PROCEDURE_NAME) {
    throw new CallError('unknown-procedure', 'The server has no procedure of this name.', { id: call });
  }
  const given = args === undefined ? null : checkValue(args);
  if (given?.ok === false) throw wrongArgs(given.error.path, given.error.message);
  if (runtime.isLocalOnly) throw new CallError('no-server', 'Without a server there are no procedures.', { id: call });
  const { session } = runtime;
  const barriers = beforeWrites ? [] : barriersOf(runtime);
  try {
    // Of which database the call is, is known when that is open.
    await runtime.start();
    const caller = session.database?.storage.identity.databaseId ?? environment.random.id(24);
    const question: Omit<CallMessage, 'id'> = {
      type: 'call',
      caller: caller as CallMessage['caller'],
      call,
      name,
      ...(given === null ? {} : { args: encodeValue(given.value) }),
    };
    return await new Promise<unknown>((resolve, reject) => {
      const stops: (() => void)[] = [];
      let isOver = false;
      let isAsked = false;
      let mayHaveRun = false;
      const finish = (settle: () => void): void => {
        isOver = true;
        for (const stop of stops.splice(0)) stop();
        settle();
      };
      const giveUp = ({ code, message }: TopGunError): void =>
        finish(() => reject(new CallError(code as CallErrorCode, message, { id: call, mayHaveRun })));
      const check = (): void => {
        if (isOver) return;
        if (runtime.session !== session) return giveUp(principalChanged());
        if (isAsked && isConnected(runtime.status.connectionState)) mayHaveRun = true;
        const why = whyNoAnswer(runtime);
        const isPatient = waitForServer || mayHaveRun;
        if (why !== null && !(why.code === 'offline' && isPatient)) return giveUp(why);
        if (isAsked || barriers.some(([, { isClear }]) => !isClear)) return;
        isAsked = true;
        stops.push(questions.ask(question, { answered: (told) => finish(() => hear(told)), failed: giveUp }));
        check();
      };
      const hear = (told: AnswerTo<typeof question>): void => {
        const heard = readAnswer(told, call);
        if (heard instanceof CallError) reject(heard);
        else resolve(heard.result);
      };
      stops.push(
        connectionChanges.add(check),
        ...barriers.map(([store]) => store.observe({ take: () => notifier.enqueue(check) })),
      );
      if (Number.isFinite(timeoutMs)) {
        const late = new TopGunError('timeout', `No answer came within ${timeoutMs} ms.`);
        stops.push(environment.timers.after(timeoutMs, () => giveUp(late)));
      }
      check();
    });
  } finally {
    for (const [store, barrier] of barriers) store.dropBarrier(barrier);
  }
}

/** What is undecided of the maps in use, now. */
function barriersOf({ stores }: ClientRuntime): readonly (readonly [MapStore, PendingBarrier])[] {
  const raised = Array.from(stores.all(), (store) => [store, store.raiseBarrier()] as const);
  for (const [store, barrier] of raised) if (barrier.isClear) store.dropBarrier(barrier);
  return raised.filter(([, { isClear }]) => !isClear);
}

function readAnswer(answer: AnswerTo<Omit<CallMessage, 'id'>>, id: string): { readonly result: unknown } | CallError {
  if (answer.type === 'called') {
    if (answer.result === undefined) return { result: undefined };
    const result = decodeValue(answer.result);
    if (result.ok) return { result: result.value };
    return new CallError('failed', 'The server told what is no value.', { id, mayHaveRun: true });
  }
  const { code, reason, issues = [], data } = answer;
  const said = data === undefined ? undefined : decodeValue(data);
  return new CallError(code, reason, { id, issues, data: said?.ok === true ? said.value : undefined });
}

const principalChanged = (): TopGunError =>
  new TopGunError('principal-changed', 'Another principal took over before the answer came.');
