import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_NESTING, nestsDeeper, readEvent } from './wire-text.js';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value as object).map((inner) => depthOf(inner)))
    : 0;
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('PT-7: how deep a message nests is known before it is taken apart', () => {
  test('it is told of any JSON exactly', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), fc.boolean(), (value, levels, isSpaced) => {
        const text = JSON.stringify(value, null, isSpaced ? 2 : 0);
        expect(nestsDeeper(text, levels)).toBe(depthOf(value) > levels);
      }),
    );
  });

  test('brackets within texts count nothing, whatever is escaped around them', () => {
    const parts = fc.constantFrom('[', ']', '{', '}', '"', '\\', 'x', '\\"', '\n', 'é');
    fc.assert(
      fc.property(fc.array(parts), fc.array(parts), (name, text) => {
        const value = [{ [name.join('')]: text.join('') }, []];
        expect(nestsDeeper(JSON.stringify(value), 2)).toBe(false);
        expect(nestsDeeper(JSON.stringify(value), 1)).toBe(true);
      }),
    );
  });

  test('of text that is no JSON something is said, and the end is found', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', ']', '{', '"', '\\', '1') }), fc.nat(4), (text, levels) => {
        expect(typeof nestsDeeper(text, levels)).toBe('boolean');
      }),
    );
  });

  test('it stops where it knows', () => {
    expect(nestsDeeper('['.repeat(2_000_000), MAX_NESTING)).toBe(true);
  });
});

describe('PT-1: what is read of the text of an event', () => {
  test('its one argument', () => {
    expect(readEvent('2["m",{"type":"ping","at":1}]')).toEqual({ ok: true, value: { type: 'ping', at: 1 } });
    expect(readEvent(`2["m",${nested(MAX_NESTING - 1)}]`).ok).toBe(true);
  });

  test.each([
    ['no argument', '2["m"]'],
    ['two', '2["m",1,2]'],
    ['another event', '2["x",1]'],
    ['a request for an acknowledgement', '21["m",1]'],
    ['another namespace', '2/admin,["m",1]'],
    ['broken JSON', '2["m",{"type":'],
    ['more after it', '2["m",1]]'],
    ['no list', '2{"m":1}'],
    ['nothing', '2'],
    ['too many levels', `2["m",${nested(MAX_NESTING)}]`],
    ['levels without end', `2["m",${'['.repeat(1_000_000)}`],
  ])('%s: nothing, with a reason', (_what, text) => {
    expect(readEvent(text)).toEqual({ ok: false, error: expect.stringMatching(/./) });
  });

  test('a prototype is a name like any other', () => {
    const read = readEvent('2["m",{"__proto__":{"polluted":true}}]');
    expect(read.ok && Object.keys(read.value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
