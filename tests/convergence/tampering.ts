import { decodeStamp, encodeStamp } from '../../packages/core/src/clock/index.js';
import type { WireFieldWrite, WireRecord } from '../../packages/core/src/crdt/index.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { ClientMessage, RowChange, RowsMessage, ServerMessage } from '../../packages/core/src/protocol/index.js';
import type { Defects } from './defects.js';

/** The defects that show on the wire, towards the server. Without any, the message as it is. */
export function tamperWithRequest(
  defects: Defects,
  random: SeededRandom,
  now: number,
  message: ClientMessage,
): ClientMessage {
  if (message.type === 'call' && defects.callsAreAnew === true) {
    return { ...message, call: `${message.call}.${random.integer(1_000_000)}` };
  }
  if (message.type === 'subscribe' && message.have !== undefined && defects.digestsChange === true) {
    return { ...message, have: [message.have[0], 'AAAAAAAAAAA'] };
  }
  if (message.type === 'subscribe' && defects.checksAreLost === true && isOfKeys(message.query)) {
    return { type: 'ping', at: now };
  }
  if (message.type !== 'submit') return message;
  const { stampsByArrival = false, valuesChangeOnTheWay = false, setValuesChange = false } = defects;
  const { endsMoveOnTheWay = false } = defects;
  if (!stampsByArrival && !valuesChangeOnTheWay && !setValuesChange && !endsMoveOnTheWay) return message;
  const batches = message.batches.map((batch) => ({
    ...batch,
    ops: batch.ops.map((op) => {
      const [seq, stamp, map, key, kind, fields, end] = op;
      const arrived = stampsByArrival
        ? encodeStamp({ ...decodeStamp(stamp as never), millis: Math.floor(now), counter: seq })
        : stamp;
      if (fields === undefined) return [seq, arrived, map, key, kind];
      if (kind === 'a' && setValuesChange) return [seq, arrived, map, key, kind, ['another', ...fields.slice(1)]];
      if (kind === 'a' || kind === 'x' || kind === 'n') return [seq, arrived, map, key, kind, fields];
      const changes = valuesChangeOnTheWay && random.integer(4) === 0;
      return [
        seq,
        arrived,
        map,
        key,
        kind,
        (fields as readonly WireFieldWrite[]).map(([name, ...value]) =>
          changes ? [name, 'another'] : [name, ...value],
        ),
        ...(end === undefined ? [] : [end !== null && endsMoveOnTheWay ? end + 3_600_000 : end]),
      ];
    }),
  }));
  return { ...message, batches } as unknown as ClientMessage;
}

/** No app here asks for several keys. */
function isOfKeys(query: unknown): boolean {
  const { where } = (query ?? {}) as { readonly where?: { readonly type?: string; readonly path?: readonly string[] } };
  return where?.type === 'in' && where.path?.[0] === '_key';
}

/** Towards the client; `null`: lost. */
export function tamperWithResponse(
  defects: Defects,
  random: SeededRandom,
  message: ServerMessage,
  isTakenAway: (sub: number, key: string) => boolean = () => false,
): ServerMessage | null {
  const { goneIsLost = false, rowsAreLost = false, verdictsAreLost = false, messagesAreUnreadable = false } = defects;
  const { endsAreLost = false, anewIsLost = false, totalsAreWrong = false, purgesAreLost = false } = defects;
  if (messagesAreUnreadable && random.integer(20) === 0) return { type: 'nonsense' } as never;
  const kept = (sub: number, changes: readonly RowChange[]): RowChange[] =>
    changes
      .filter(([type, key]) => !(purgesAreLost && type === 'gone' && isTakenAway(sub, key)))
      .filter(([type]) => !(goneIsLost && type === 'gone') && !(rowsAreLost && random.integer(5) === 0))
      .map((change) => (change[2] === undefined ? change : ([change[0], change[1], told(change[2])] as RowChange)));
  const told = (record: WireRecord): WireRecord => {
    const [existence, kind, floor, fields] = record;
    if (endsAreLost) return [existence, kind, floor, fields];
    if (!totalsAreWrong || kind !== 3) return record;
    return [existence, kind, floor, fields.map(([name, stamp, value]) => [name, stamp, doubled(value)] as never)];
  };
  switch (message.type) {
    case 'decided':
      return verdictsAreLost && random.integer(5) === 0 ? null : message;
    case 'rows':
      return { ...withoutAnew(message, anewIsLost), changes: kept(message.sub, message.changes) };
    case 'push':
      return { ...message, subs: message.subs.map((sub) => ({ ...sub, changes: kept(sub.sub, sub.changes) })) };
    case 'search-facts':
      return defects.searchesAreMiscounted === true
        ? { ...message, total: message.total + 1, completions: message.completions.slice(1) }
        : message;
    default:
      return message;
  }
}

function withoutAnew({ anew, ...rest }: RowsMessage, isLost: boolean): RowsMessage {
  return isLost || anew === undefined ? rest : { ...rest, anew };
}

/** A total, and whom it names, with twice the total. */
const doubled = (value: unknown): unknown => {
  const [total, ...covered] = value as readonly [number, ...unknown[]];
  return [2 * total, ...covered];
};
