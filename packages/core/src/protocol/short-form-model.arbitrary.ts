/**
 * The short forms of PT-8 once more, from the specification's words alone. Messages are read as JSON, from the left; nothing here knows the types of messages,
 * and `isShort` says of each place that may be short whether it is: both sides read the long forms too, and so any mixture.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };
export type Chooses = () => boolean;

const TIME_AND_COUNTER = 11;

export function shortened(message: JsonObject, isShort: Chooses = () => true): JsonObject {
  switch (message['type']) {
    case 'submit':
      return { ...message, batches: shortBatches(message['batches'] as readonly JsonObject[], isShort) };
    case 'decided':
      return shortVerdicts(message, isShort);
    case 'rows':
      return { ...message, changes: shortStamps(message['changes'] as readonly (readonly Json[])[], isShort) };
    default:
      return message;
  }
}

/** `[partition, ops, replica]`, without the replica when it is that of the batch before. */
function shortBatches(batches: readonly JsonObject[], isShort: Chooses): readonly Json[] {
  return batches.map(({ replica, partition, ops }, i) => {
    const stamped = (ops as readonly (readonly Json[])[]).map(([seq, stamp, ...rest]) => {
      const text = stamp as string;
      const isTheirs = text.slice(TIME_AND_COUNTER) === replica;
      return [seq!, isTheirs && isShort() ? text.slice(0, TIME_AND_COUNTER) : text, ...rest];
    });
    const isTold = i > 0 && batches[i - 1]!['replica'] === replica;
    return isTold && isShort() ? [partition!, stamped] : [partition!, stamped, replica!];
  });
}

/** A verdict is its sequence alone when it says `applied`, and `rejected` is left out when it is empty. */
function shortVerdicts({ verdicts, rejected, ...message }: JsonObject, isShort: Chooses): JsonObject {
  const told = (verdicts as readonly (readonly Json[])[]).map((verdict) =>
    verdict[1] === 'applied' && isShort() ? verdict[0]! : verdict,
  );
  const isNone = (rejected as readonly Json[]).length === 0 && isShort();
  return { ...message, verdicts: told, ...(isNone ? {} : { rejected: rejected! }) };
}

/** In the records, a stamp has only its time and counter when its replica is that of the stamp before. */
function shortStamps(changes: readonly (readonly Json[])[], isShort: Chooses): readonly Json[] {
  let before = '';
  const shorten = (stamp: Json): Json => {
    const text = stamp as string;
    if (text === '') return text;
    const replica = text.slice(TIME_AND_COUNTER);
    const isSame = replica === before;
    before = replica;
    return isSame && isShort() ? text.slice(0, TIME_AND_COUNTER) : text;
  };
  return changes.map(([type, key, record]) => {
    if (record === undefined) return [type!, key!];
    const [existence, kind, floor, fields, expiry] = record as readonly Json[];
    const said: Json[] = [shorten(existence!), kind!, shorten(floor!)];
    said.push(
      (fields as readonly (readonly Json[])[]).map(([name, stamp, ...value]) => [name!, shorten(stamp!), ...value]),
    );
    if (expiry !== undefined) said.push([shorten((expiry as readonly Json[])[0]!), (expiry as readonly Json[])[1]!]);
    return [type!, key!, said];
  });
}
