import { describe, expect, test } from 'vitest';
import { hasField } from './has-field.js';
import type { MapSchema } from './map-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';

// JSON Schemas as libraries write them, or might.

const schemaOf = (output: unknown): MapSchema => {
  const validator = validatorOf((value) => ({ value }));
  const standard = { ...validator['~standard'], jsonSchema: { output } };
  return { type: 'record', validator: { '~standard': standard }, unknown: 'strip', version: 1, migrations: [] };
};
const has = (json: unknown, path: string): boolean =>
  hasField(
    schemaOf(() => json),
    path.split('.'),
  );

const named = { properties: { a: {} } };
const closed = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };

describe('SE-14: the fields of a JSON Schema', () => {
  test.each<[string, object, string, boolean]>([
    ['one that is named', closed, 'a', true],
    ['one that is not', closed, 'b', false],
    ['one within a text', closed, 'a.b', false],
    ['one that is inherited', closed, 'toString', false],
    ['one of an open object', { ...closed, additionalProperties: true }, 'b', true],
    ['one of an object that says nothing of others', named, 'b', false],
    ['within what may be anything', named, 'a.b', true],
    ['others by their own schema', { ...named, additionalProperties: closed }, 'b.a', true],
    ['others that do not have it', { ...named, additionalProperties: closed }, 'b.b', false],
    ['a pattern of names', { ...named, patternProperties: { '^x': {} } }, 'b', true],
    ['an object of which nothing is known', { type: 'object' }, 'b', true],
    ['an object that may have none', { type: 'object', additionalProperties: false }, 'b', false],
    ['nothing said at all', {}, 'b.c.d', true],
    ['a text', { type: 'string' }, 'b', false],
    ['a number', { type: 'number' }, 'b', false],
    ['a whole number', { type: 'integer' }, 'b', false],
    ['a boolean', { type: 'boolean' }, 'b', false],
    ['null', { type: 'null' }, 'b', false],
    ['a list', { type: 'array' }, 'b', false],
    ['several types', { type: ['string', 'object'] }, 'b', true],
    ['any of some', { anyOf: [closed, { type: 'string' }] }, 'a', true],
    ['none of some', { anyOf: [closed, { type: 'string' }] }, 'b', false],
    ['one of some', { oneOf: [{ type: 'null' }, closed] }, 'a', true],
    ['all of some', { allOf: [closed, { properties: { b: {} } }] }, 'b', true],
    ['none of all of some', { allOf: [closed, { properties: { b: {} } }] }, 'c', false],
    [
      'all of some, within what one of them leaves open',
      { allOf: [{ properties: { a: closed } }, named] },
      'a.b',
      true,
    ],
    ['one of some that are none of its own', { oneOf: [{ type: 'null' }, closed] }, 'b', false],
    ['of itself before any of some', { ...closed, anyOf: [{ type: 'string' }] }, 'a', true],
    ['of some beside its own', { ...closed, anyOf: [{ properties: { b: {} } }] }, 'b', true],
    ['a list of none', { ...closed, anyOf: [] }, 'b', false],
    ['what is no list', { ...closed, anyOf: {} }, 'b', false],
    ['what is no schema', { properties: { a: true } }, 'a.b', true],
    ['null in the place of a schema', { properties: { a: null } }, 'a.b', true],
    ['a list in the place of one', { properties: { a: [closed] } }, 'a.b', true],
    ['no schema among some', { anyOf: [closed, null] }, 'b', true],
  ])('%s', (_what, json, path, expected) => {
    expect(has(json, path)).toBe(expected);
  });

  test.each<[string, string, boolean]>([
    ['to the whole', '#', true],
    ['to a definition', '#/$defs/closed', true],
    ['through a name with a slash and a tilde', '#/$defs/a~1b~0c', true],
    ['through a name that is written as in an address', '#/$defs/a%20b', true],
    ['to a text', '#/$defs/text', false],
  ])('a reference %s', (_what, $ref, expected) => {
    const $defs = { closed, 'a/b~c': closed, 'a b': closed, text: { type: 'string' } };
    expect(has({ properties: { a: {}, to: { $ref } }, $defs }, 'to.a')).toBe(expected);
  });

  test.each([
    '#/$defs/none',
    '#/constructor/name',
    '#/$defs/closed/none/none',
    '#anchor',
    'elsewhere',
    'https://example.com/#/$defs/closed',
  ])('of a reference to nothing, %s, nothing is known', ($ref) => {
    expect(has({ properties: { to: { $ref } }, $defs: { closed } }, 'to.b')).toBe(true);
  });

  test.each([
    [1, false],
    [63, false],
    [64, true],
    [65, true],
    [200, true],
  ])('of what %i references lead to: nothing is known after 63 of them', (count, expected) => {
    const $defs = Object.fromEntries(Array.from({ length: count }, (_, i) => [i, { $ref: `#/$defs/${i + 1}` }]));
    expect(has({ $ref: '#/$defs/1', $defs: { ...$defs, [count]: closed } }, 'b')).toBe(expected);
  });

  test('references in a circle end, and of what they would say nothing is known', () => {
    expect(has({ $ref: '#' }, 'a')).toBe(true);
    expect(has({ anyOf: [{ $ref: '#/anyOf/1' }, { $ref: '#/anyOf/0' }] }, 'a')).toBe(true);
    const deep = Array.from({ length: 30 }, () => 'a').join('.');
    expect(has({ properties: { a: { $ref: '#' } } }, `${deep}.a`)).toBe(true);
    expect(has({ properties: { a: { $ref: '#' } } }, `${deep}.b`)).toBe(false);
  });
});

describe('SE-14: where there is no JSON Schema', () => {
  const memberOf = (member: object): MapSchema => ({
    ...schemaOf(undefined),
    validator: { ...member, ...schemaOf(undefined).validator! },
  });

  test.each<[string, unknown]>([
    [
      'one who throws',
      () => {
        throw new Error('a date');
      },
    ],
    ['one who makes a list', () => [closed]],
    ['one who makes nothing', () => null],
    ['one who is no function', closed],
  ])('but %s, the validator is looked at', (_what, output) => {
    expect(hasField(schemaOf(output), ['b'])).toBe(true);
    const validator = { ...schemaOf(output).validator!, entries: { a: {} } };
    expect(hasField({ ...schemaOf(output), validator }, ['b'])).toBe(false);
  });

  test.each<[string, object, string, boolean]>([
    ['by entries', { entries: { a: {} } }, 'a', true],
    ['by entries, of which it is none', { entries: { a: {} } }, 'b', false],
    ['by a shape', { def: { shape: { a: {} } } }, 'b', false],
    ['by what is wrapped', { wrapped: { entries: { a: {} } } }, 'b', false],
    ['by what is within', { def: { innerType: { def: { shape: { a: { entries: { c: {} } } } } } } }, 'a.c', true],
    [
      'by what is within, of which it is none',
      { def: { innerType: { def: { shape: { a: { entries: { c: {} } } } } } } },
      'a.d',
      false,
    ],
    ['where others are looked at', { def: { shape: { a: {} }, catchall: {} } }, 'b', true],
    ['where others are, one that is named', { def: { shape: { a: { entries: {} } }, catchall: {} } }, 'a.b', false],
    ['where it is loose', { type: 'loose_object', entries: { a: {} } }, 'b', true],
    ['where it has a rest', { type: 'object_with_rest', entries: { a: {} } }, 'b', true],
    ['where it is strict', { type: 'strict_object', entries: { a: {} } }, 'b', false],
    ['where entries are a list', { entries: [] }, 'b', true],
    ['where nothing is said', {}, 'b', true],
    ['within null', { entries: { a: null } }, 'a.b', true],
    ['within a text', { entries: { a: 'x' } }, 'a.b', true],
    ['by what is inherited', { entries: { a: {} } }, 'constructor', false],
  ])('%s', (_what, member, path, expected) => {
    expect(hasField(memberOf(member), path.split('.'))).toBe(expected);
  });
});

test.each<[string, Partial<MapSchema>]>([
  ['of a map of sets', { type: 'set' }],
  ['of a map of counters', { type: 'counter' }],
  ['without a validator', { validator: null }],
  ['where unknown fields are kept', { unknown: 'keep' }],
])('SE-14: %s nothing is said against any field', (_what, said) => {
  expect(hasField({ ...schemaOf(() => closed), ...said }, ['b'])).toBe(true);
  expect(hasField({ ...schemaOf(() => closed), unknown: 'refuse' }, ['b'])).toBe(false);
});
