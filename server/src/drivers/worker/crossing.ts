import { decodeRecord, encodeRecord, type LwwRecord, type WireRecord } from '@topgun/core/crdt';
import type { HostCommand, HostEvent, HostRow } from '../../ports/partition-host.js';

/**
 * What crosses at once, in its order. Ops, commits and first answers are JSON already but for their container, and go as text: to clone
 * them costs the thread that talks to clients several times as much (decision 67). Whatever holds bytes or records goes as it is.
 */
export type Crossing<Item> =
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'plain'; readonly items: readonly Item[] };

/** A row as text has it. */
type RowText = readonly [key: string, wire: WireRecord];

export const packCommands = (commands: readonly HostCommand[]): Crossing<HostCommand>[] =>
  inRuns(commands, ({ type }) => type === 'submit').map(([isText, items]) =>
    isText ? { form: 'text', text: JSON.stringify(items) } : { form: 'plain', items },
  );

export function unpackCommands(crossing: Crossing<HostCommand>): readonly HostCommand[] {
  if (crossing.form === 'plain') return crossing.items;
  const commands: readonly HostCommand[] = JSON.parse(crossing.text);
  return commands;
}

export const packEvents = (events: readonly HostEvent[]): Crossing<HostEvent>[] =>
  inRuns(events, isTextual).map(([isText, items]) =>
    isText ? { form: 'text', text: JSON.stringify(items.map(withRowTexts)) } : { form: 'plain', items },
  );

export function unpackEvents(crossing: Crossing<HostEvent>): readonly HostEvent[] {
  if (crossing.form === 'plain') return crossing.items;
  const events: readonly ReturnType<typeof withRowTexts>[] = JSON.parse(crossing.text);
  return events.map((event) =>
    event.type === 'view-opened'
      ? { ...event, rows: event.rows.map(([key, wire]) => new CrossedRow(key, wire)) }
      : event,
  );
}

/** A counter's total is a record. */
const isTextual = (event: HostEvent): boolean =>
  event.type === 'view-opened' ||
  (event.type === 'committed' && event.verdicts.every(({ totals }) => totals.length === 0));

function withRowTexts(event: HostEvent) {
  if (event.type !== 'view-opened') return event;
  const rows = event.rows.map(({ key, record, wire }): RowText => [key, wire ?? encodeRecord(record)]);
  return { ...event, rows };
}

/** A row of another thread: read only if somebody looks into it. */
class CrossedRow implements HostRow {
  readonly key: string;
  readonly wire: WireRecord;

  constructor(key: string, wire: WireRecord) {
    this.key = key;
    this.wire = wire;
  }

  get record(): LwwRecord {
    const decoded = decodeRecord(this.wire);
    if (!decoded.ok) throw new Error(`a row of the data's thread cannot be read: ${JSON.stringify(decoded.error)}`);
    return decoded.value;
  }
}

/** Neighbours that are alike, together. */
function inRuns<Item>(items: readonly Item[], isAlike: (item: Item) => boolean): [boolean, Item[]][] {
  const runs: [boolean, Item[]][] = [];
  for (const item of items) {
    const is = isAlike(item);
    const last = runs.at(-1);
    if (last?.[0] === is) last[1].push(item);
    else runs.push([is, [item]]);
  }
  return runs;
}
