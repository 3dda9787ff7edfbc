import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../primitives/encode-value.js';
import { canonicalText } from '../primitives/canonical-json.js';
import { CLIENT_SAMPLES, SERVER_SAMPLES } from './message-samples.arbitrary.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { messageText } from './message-text.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { shortForm } from './short-forms.js';

// Messages that were almost right: parts cut out, put in twice, taken from elsewhere, put in another order.

type Json = JsonValue;
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isHolder = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);

/** One small change somewhere, drawn from what a list of numbers says; the same numbers make the same change. */
function mutated(value: Json, draw: () => number, spare: readonly Json[]): Json {
  if (isList(value) && value.length > 0) {
    const at = draw() % value.length;
    const item = value[at]!;
    switch (draw() % 6) {
      case 0:
        return value.toSpliced(at, 1);
      case 1:
        return value.toSpliced(at, 0, item);
      case 2:
        return value.toReversed();
      case 3:
        return value.with(at, spare[draw() % spare.length]!);
      default:
        return value.with(at, mutated(item, draw, spare));
    }
  }
  if (isHolder(value)) {
    const names = Object.keys(value);
    const name = names[draw() % names.length];
    if (name === undefined) return spare[draw() % spare.length]!;
    const { [name]: inner, ...rest } = value;
    switch (draw() % 6) {
      case 0:
        return rest;
      case 1:
        return { ...rest, [`${name}x`]: inner! };
      case 2:
        return { ...value, [name]: spare[draw() % spare.length]! };
      // The order of names says nothing.
      case 3:
        return Object.fromEntries(Object.entries(value).toReversed());
      default:
        return { ...value, [name]: mutated(inner!, draw, spare) };
    }
  }
  return spare[draw() % spare.length]!;
}

/** Every part of every message, to be put where another stood. */
function partsOf(value: Json): readonly Json[] {
  const inner = isList(value) ? value : isHolder(value) ? Object.values(value) : [];
  return [value, ...inner.flatMap(partsOf)];
}

const SIDES = [
  ['client', CLIENT_SAMPLES, parseClientMessage],
  ['server', SERVER_SAMPLES, parseServerMessage],
] as const;
const SPARE: readonly Json[] = [
  ...[...CLIENT_SAMPLES, ...SERVER_SAMPLES].flatMap(({ message }) => partsOf(message as Json)),
  ...[-1, 0, 1.5, 2 ** 53, '', 'x', null, true, [], {}],
];

describe.each(SIDES)('PT-3, PT-8: messages of a %s that were changed on the way', (_side, samples, parse) => {
  const changed = fc
    .record({
      at: fc.nat(samples.length - 1),
      isShort: fc.boolean(),
      numbers: fc.array(fc.nat(999), { minLength: 12, maxLength: 40 }),
      times: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ at, isShort, numbers, times }) => {
      const message = samples[at]!.message as unknown as ClientMessage;
      let next = 0;
      const draw = (): number => numbers[next++ % numbers.length]!;
      let made = (isShort ? shortForm(message) : message) as Json;
      for (let i = 0; i < times; i += 1) made = mutated(made, draw, SPARE);
      return made;
    });

  test('are refused with a place, or read as a message that can be sent, and says the same when it comes', () => {
    let [read, refused] = [0, 0];
    fc.assert(
      fc.property(changed, (input) => {
        const before = JSON.stringify(input);
        const parsed = parse(input);
        expect(JSON.stringify(input)).toBe(before);
        if (!parsed.ok) {
          refused += 1;
          expect(parsed.error.at).toMatch(/^\$/);
          return;
        }
        read += 1;
        const long = canonicalText(JSON.parse(JSON.stringify(parsed.value)) as Json);
        const sent = parse(JSON.parse(JSON.stringify(shortForm(parsed.value))));
        expect(sent.ok && canonicalText(JSON.parse(JSON.stringify(sent.value)) as Json)).toBe(long);
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(100);
  });

  test('are judged as the same, whatever order the names in them have', () => {
    const turned = (value: Json): Json => {
      if (isList(value)) return value.map(turned);
      if (!isHolder(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([name, inner]) => [name, turned(inner)]),
      );
    };
    fc.assert(
      fc.property(changed, (input) => {
        const [one, other] = [parse(input), parse(turned(input))];
        expect(other.ok).toBe(one.ok);
        if (one.ok && other.ok) expect(other.value).toEqual(one.value);
      }),
      { numRuns: 500 },
    );
  });
});

test('PT-8: what a server sends is read as what it meant, message by message, as often as it is sent', () => {
  for (const { message } of SERVER_SAMPLES) {
    const sent = message as unknown as ServerMessage;
    const text = messageText(sent);
    expect(messageText(sent)).toBe(text);
    expect(parseServerMessage(JSON.parse(text))).toEqual({ ok: true, value: message });
    expect(text.length).toBeLessThanOrEqual(JSON.stringify(message).length);
  }
});
