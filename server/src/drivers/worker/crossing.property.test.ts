import { applyOp, EMPTY_RECORD, encodeRecord } from '@topgun/core/crdt';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { HostCommand, HostEvent } from '../../ports/partition-host.js';
import { OpAuthor } from '../../testing/op-author.js';
import { packCommands, packEvents, unpackCommands, unpackEvents } from './crossing.js';

const author = new OpAuthor('r.0', () => 0n);
const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.uint8Array({ maxLength: 4 })) as fc.Arbitrary<
  string | Uint8Array
>;
const op = fc
  .record({ key: fc.string(), fields: fc.dictionary(fc.string(), value, { maxKeys: 3, noNullPrototype: true }) })
  .map(({ key, fields }) => author.create('m', key, fields));
const row = op.map((written) => ({ key: written.key, record: applyOp(EMPTY_RECORD, written) }));

const command: fc.Arbitrary<HostCommand> = fc.oneof(
  op.map((each): HostCommand => ({ type: 'submit', session: 's', batches: author.batches(each), bytes: 10 })),
  fc.uint8Array().map((nodes): HostCommand => ({ type: 'exchange', session: 's', sub: 1, nodes })),
  fc.constant<HostCommand>({ type: 'session-closed', session: 's' }),
);
const event: fc.Arbitrary<HostEvent> = fc.oneof(
  fc
    .record({ rows: fc.array(row, { maxLength: 3 }), full: fc.boolean(), anew: fc.boolean() })
    .map((view): HostEvent => ({ type: 'view-opened', session: 's', sub: 1, view: 'v', through: 3, ...view })),
  fc
    .record({ rows: fc.array(row, { maxLength: 3 }), counted: fc.array(row, { maxLength: 1 }) })
    .map(({ rows, counted }): HostEvent => ({
      type: 'committed',
      position: 4,
      verdicts: [
        {
          session: 's',
          replica: author.replica,
          accepted: [[1, 'applied']],
          rejected: [],
          totals: counted.map((total) => ({ map: 'c', ...total })),
          changed: [],
        },
      ],
      diffs: [
        {
          view: 'v',
          subscribers: [['s', 1]],
          changes: rows.map(({ key, record }) => ['enter', key, encodeRecord(record)] as const),
          full: false,
        },
      ],
      outgrown: [],
    })),
  fc.uint8Array().map((nodes): HostEvent => ({ type: 'view-level', session: 's', sub: 1, view: 'v', nodes })),
);

/** In words that do not depend on how a row holds its record. */
const told = (events: readonly HostEvent[]) =>
  events.map((each) =>
    each.type === 'view-opened'
      ? { ...each, rows: each.rows.map(({ key, record, wire }) => [key, record, wire ?? encodeRecord(record)]) }
      : each,
  );

test('PI-35: what crosses arrives as it was, in its order, records and bytes too', () => {
  fc.assert(
    fc.property(fc.array(command), fc.array(event), (commands, events) => {
      expect(structuredClone(packCommands(commands)).flatMap(unpackCommands)).toEqual(commands);
      expect(told(structuredClone(packEvents(events)).flatMap(unpackEvents))).toEqual(told(events));
    }),
    { numRuns: 100 },
  );
});
