import { describe, expect, test } from 'vitest';
import { pathText } from '../primitives/check-value.js';
import type { Result } from '../primitives/result.js';
import {
  changedAt,
  CLIENT_SAMPLES,
  placesIn,
  SERVER_SAMPLES,
  type MessageSample,
  type Path,
} from './message-samples.arbitrary.js';
import { parseClientMessage, parseServerMessage, type ProtocolError } from './parse.js';

// A message with two things wrong in it, every two there are: one fault hides no other, and makes none.

type Parse = (message: unknown) => Result<unknown, ProtocolError>;
const ALL: readonly (readonly [type: string, sample: MessageSample, parse: Parse])[] = [
  ...CLIENT_SAMPLES.map((sample) => [sample.message.type, sample, parseClientMessage] as const),
  ...SERVER_SAMPLES.map((sample) => [sample.message.type, sample, parseServerMessage] as const),
];

const isWithin = (path: Path, outer: Path): boolean => outer.every((step, i) => path[i] === step);
/** With what stands nowhere in a message, since no JSON has it. */
const spoil = (message: unknown, path: Path): unknown =>
  changedAt(message, path, (holder, name) => {
    holder[name] = 1n;
  });

/** All places at which what stands nowhere is a fault, each with what is said of it. */
function faults(message: unknown, parse: Parse): readonly (readonly [Path, string])[] {
  return placesIn(message).flatMap((path): (readonly [Path, string])[] => {
    const read = parse(spoil(message, path));
    return read.ok ? [] : [[path, read.error.at] as const];
  });
}

describe.each(ALL)('PT-3: %s', (_type, { message, optional }, parse) => {
  test('with any two of its parts wrong is refused for one of them', () => {
    const wrong = faults(message, parse);
    expect(wrong.length).toBeGreaterThan(0);
    for (const [i, [one, saidOfOne]] of wrong.entries()) {
      for (const [other, saidOfOther] of wrong.slice(i + 1)) {
        if (isWithin(other, one) || isWithin(one, other)) continue;
        const read = parse(spoil(spoil(message, one), other));
        expect([pathText(one), pathText(other), read.ok]).toEqual([pathText(one), pathText(other), false]);
        if (!read.ok) expect([saidOfOne, saidOfOther]).toContain(read.error.at);
      }
    }
  });

  test('is read without any choice of what it may be without', () => {
    const names = optional.filter((name) => !name.includes('.'));
    for (let choice = 0; choice < 2 ** names.length; choice += 1) {
      const left: Record<string, unknown> = { ...message };
      for (const [i, name] of names.entries()) if (Math.floor(choice / 2 ** i) % 2 === 1) delete left[name];
      const read = parse(left);
      const without = names.filter((_name, i) => Math.floor(choice / 2 ** i) % 2 === 1);
      // Of a verdict that says nothing of rejections there are none (PT-8).
      const expected = left['type'] === 'decided' ? { rejected: [], ...left } : left;
      expect([without, read]).toEqual([without, { ok: true, value: expected }]);
    }
  });
});
