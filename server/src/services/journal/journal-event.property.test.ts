import { createPatterns, defineRules, hasRole } from '@topgun/core/rules';
import type { Stamp } from '@topgun/core/clock';
import type { Value } from '@topgun/core/primitives';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSegment, encodeSegment } from '../persistence/segment-codec.js';
import { seenEvent, type JournalEvent } from './journal-event.js';
import { decodeEvent, encodeEvent, joinParts } from './journal-part.js';

const stamp = '-------5---a.0' as Stamp;

const values: fc.Arbitrary<Value> = fc.oneof(
  fc.record({ pay: fc.integer({ min: 0, max: 1 }), open: fc.boolean(), n: fc.integer({ min: 0, max: 1 }) }),
  fc.constantFrom<Value>(1, 'text', [1, 2], new Uint8Array([1, 2, 3]), null),
);

const eventOfValues = (previous: Value | undefined, value: Value | undefined): JournalEvent => ({
  type: previous === undefined ? 'add' : value === undefined ? 'remove' : 'update',
  map: 'm',
  key: 'k',
  author: 'ann',
  stamp,
  ...(value === undefined ? {} : { value }),
  ...(previous === undefined ? {} : { previous }),
});

const pairs = fc
  .tuple(fc.option(values, { nil: undefined }), fc.option(values, { nil: undefined }))
  .filter(([a, b]) => a !== undefined || b !== undefined);

const rules = defineRules({
  m: { read: { where: { open: true } }, fields: { pay: { read: hasRole('admin') } } },
});

/** What whoever is no admin sees, by the plainest means. */
function seenPlainly(value: Value | undefined): Value | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  const { pay: _pay, ...rest } = value as { readonly [name: string]: Value };
  return rest['open'] === true ? rest : undefined;
}

describe('JO-4: an event as it is seen', () => {
  test('is the event of what is seen before and since, and none where that is the same', () => {
    fc.assert(
      fc.property(pairs, ([previous, value]) => {
        const [before, since] = [seenPlainly(previous), seenPlainly(value)];
        const seen = seenEvent(eventOfValues(previous, value), rules.for({ sub: 'bob' }).of('m'));
        const isSame = JSON.stringify(before) === JSON.stringify(since);
        expect(seen).toEqual(isSame ? null : eventOfValues(before, since));
      }),
    );
  });

  test('to whom everything is shown is the event, unless nothing changed', () => {
    const all = defineRules({ m: { read: true } })
      .for({})
      .of('m');
    fc.assert(
      fc.property(pairs, ([previous, value]) => {
        const event = eventOfValues(previous, value);
        const seen = seenEvent(event, all);
        if (seen !== null) expect(seen).toEqual(event);
        else expect(value).toEqual(previous);
      }),
    );
  });

  test('is nothing in a map that no rule is for', () => {
    const event = { ...eventOfValues(undefined, { open: true }), map: 'other' };
    expect(seenEvent(event, rules.for({ role: 'admin' }).of('other'))).toBeNull();
  });
});

describe('JO-1: events in a segment', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 5 }), (all) => {
        const events = all.map(([previous, value]) => eventOfValues(previous, value));
        const journal = joinParts([{ at: 7, events }, undefined, { at: 6, events: [] }]);
        expect(journal).toEqual({ at: 7, events: events.map(encodeEvent) });
        const decoded = decodeSegment(encodeSegment({ lineage: 'l', entries: [], journal: journal! }));
        expect(decoded.ok && decoded.value.journal?.events.map(decodeEvent)).toEqual(events);
      }),
    );
  });

  test('there are none where no journal is kept, and a segment without is the same as ever', () => {
    expect(joinParts([undefined, undefined])).toBeUndefined();
    expect(new TextDecoder().decode(encodeSegment({ lineage: 'l', entries: [] }))).toBe(
      '{"v":2,"crc":"9e82d6b8","lineage":"l","entries":[]}',
    );
  });

  const good = { type: 'add', map: 'm', key: 'k', value: 1, author: null, stamp };
  test.each<[string, unknown]>([
    ['journal', 7],
    ['journal.at', { events: [] }],
    ['journal.at', { at: '7', events: [] }],
    ['journal.events', { at: 7 }],
    ['journal.events[1]', { at: 7, events: [good, { ...good, type: 'put' }] }],
    ['journal.events[0]', { at: 7, events: [{ ...good, previous: 1 }] }],
    ['journal.events[0]', { at: 7, events: [{ ...good, type: 'update' }] }],
    ['journal.events[0]', { at: 7, events: [{ ...good, type: 'remove' }] }],
    ['journal.events[0]', { at: 7, events: [{ ...good, author: 7 }] }],
    ['journal.events[0]', { at: 7, events: [{ ...good, key: null }] }],
    ['journal.events[0]', { at: 7, events: [null] }],
  ])('that are damaged are named: %s of %j', (place, journal) => {
    const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, lineage: 'l', entries: [], journal }));
    expect(decodeSegment(bytes)).toMatchObject({
      ok: false,
      error: { reason: expect.stringContaining(`${place} is`) },
    });
  });

  test('a value that is none is damage too', () => {
    expect(() => decodeEvent({ ...good, type: 'add', value: { $bytes: '!' } } as never)).toThrow('no value');
  });
});

test('JO-1: maps are named, or meant by a pattern', () => {
  const of = createPatterns([
    ['orders', true],
    ['team/*', true],
  ]);
  expect(['orders', 'order', 'team/a', 'team', 'x/team/a'].map((map) => of(map) === true)).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});
