import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import {
  parseClientMessage,
  parseHello,
  parseServerMessage,
  PROTOCOL_VERSION,
  SUPPORTED_PROTOCOLS,
} from '@topgun/core/protocol';
import { validateQuery } from '@topgun/core/query';
import * as z from 'zod/mini';
import { describe, expect, test } from 'vitest';

import { clientMessageSchema, serverMessageSchema } from '../../packages/core/src/protocol/messages.js';
import { messagesOf } from './schema-fields.js';

const golden = path.join(import.meta.dirname, 'golden');

type Side = 'hello' | 'client' | 'server';
const parsers = { hello: parseHello, client: parseClientMessage, server: parseServerMessage };

interface Refused {
  readonly from: Side;
  readonly message: unknown;
  readonly at: string;
}

const read = <T>(version: number, file: string): T[] =>
  JSON.parse(readFileSync(path.join(golden, `v${version}`, `${file}.json`), 'utf8')) as T[];

test('PT-2: there are samples of every version that is spoken, and of no other', () => {
  expect(readdirSync(golden).sort()).toEqual(SUPPORTED_PROTOCOLS.map((version) => `v${version}`).sort());
});

describe.each(SUPPORTED_PROTOCOLS)('PT-2, PT-3: the samples of version %i', (version) => {
  describe.each(['hello', 'client', 'server'] as const)('%s', (side) => {
    test.each(read<object>(version, side).map((message) => [JSON.stringify(message).slice(0, 80), message]))(
      'are read as they are: %s',
      (_name, message) => {
        expect(parsers[side](message)).toEqual({ ok: true, value: message });
      },
    );
  });

  test.each(read<Refused>(version, 'refused').map((refused) => [refused.at, refused]))(
    'what is none is refused, and the place is named: %s',
    (at, { from, message }) => {
      expect(parsers[from](message)).toMatchObject({ ok: false, error: { code: expect.any(String), at } });
    },
  );
});

test('QU-2: the queries of the samples are canonical, and are read as they are', () => {
  const queries = read<{ readonly query?: unknown }>(PROTOCOL_VERSION, 'client').flatMap(({ query }) => query ?? []);
  const members = new Set(queries.flatMap((query) => Object.keys(query)));
  expect(members).toEqual(new Set(['where', 'sort', 'limit', 'after', 'groupBy', 'within', 'search']));
  for (const query of queries) expect(validateQuery(query)).toEqual({ ok: true, value: query });
});

describe('PT-3: the samples of this version leave nothing out', () => {
  const typesOf = (side: Side): Set<string> =>
    new Set(read<{ readonly type: string }>(PROTOCOL_VERSION, side).map(({ type }) => type));

  test('every message of a client', () => {
    expect(typesOf('client')).toEqual(new Set(messagesOf(z.toJSONSchema(clientMessageSchema())).keys()));
  });

  test('every message of a server', () => {
    expect(typesOf('server')).toEqual(new Set(messagesOf(z.toJSONSchema(serverMessageSchema())).keys()));
  });
});

test('PT-3: a field that is not known is passed over', () => {
  const read = parseClientMessage({ type: 'ping', at: 1, mood: 'good' });
  expect(read).toEqual({ ok: true, value: { type: 'ping', at: 1 } });
});
