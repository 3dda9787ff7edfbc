import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { defineSchema } from '@topgun/core/schema';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { addAuthFlags, toAuthOptions, type AuthFlags } from './adapters/auth-flags.js';
import { addLimitFlags, toLimitOptions, type LimitFlags } from './adapters/limit-flags.js';
import { toServerConfig } from './config.js';
import { DEFAULT_BUDGETS } from './gateway/budgets/budgets.js';

const SECRET = 'a secret that is long enough to be one';
const refused = expect.objectContaining({ code: 'auth', message: expect.stringContaining('--open-to-everyone') });

describe('AU-4: in production a server', () => {
  test.each([
    [{}, 'production'],
    [{ production: true }, undefined],
    [{ openToEveryone: false }, 'production'],
  ] as const)('does not start open to everybody by mistake: %j, NODE_ENV %s', (options, nodeEnv) => {
    expect(() => toServerConfig(options, nodeEnv)).toThrow(refused);
  });

  test.each([
    [{ openToEveryone: true }, 'production'],
    [{ auth: { secret: SECRET } }, 'production'],
    [{ production: false }, 'production'],
    [{}, undefined],
    [{}, 'development'],
  ] as const)('starts when that is said, or somebody is asked who they are: %j, NODE_ENV %s', (options, nodeEnv) => {
    expect(toServerConfig(options, nodeEnv).port).toBe(8080);
  });
});

describe('SE-1, SE-14: a definition of what is searched', () => {
  const schema = defineSchema({ notes: z.object({ title: z.string() }) });
  test('that names what the schema does not have, or is none, is found at the start', () => {
    const start = (fields: string[]) => () => toServerConfig({ schema, search: { notes: { fields } } });
    expect(start(['title', 'titel'])).toThrow(
      expect.objectContaining({ code: 'search', message: expect.stringContaining('"titel"') }),
    );
    expect(start([])).toThrow(expect.objectContaining({ code: 'search' }));
    expect(start(['title', '_key'])().search).toEqual({ notes: { fields: ['title', '_key'] } });
    expect(toServerConfig({ schema, search: { other: { fields: ['titel'] } } }).search).toHaveProperty('other');
  });
});

describe('AU-4: every option', () => {
  afterEach(() => vi.unstubAllEnvs());

  const parse = (...argv: string[]) => {
    const command = new Command('topgun-server').exitOverride().configureOutput({ writeErr: () => undefined });
    addAuthFlags(command);
    return toAuthOptions(command.parse(argv, { from: 'user' }).opts<AuthFlags>());
  };

  test('is one of the command line', () => {
    expect(parse()).toEqual({});
    expect(parse('--auth-secret', SECRET, '--auth-required', 'false', '--production')).toEqual({
      auth: { secret: SECRET, required: false },
      production: true,
    });
    const argv = ['--auth-jwks-url', 'https://a/jwks', '--auth-issuer', 'a, b', '--auth-audience', 'c'];
    expect(parse(...argv, '--auth-clock-tolerance-s', '1.5', '--open-to-everyone')).toEqual({
      auth: { jwksUrl: 'https://a/jwks', issuer: ['a', 'b'], audience: ['c'], clockToleranceS: 1.5 },
      openToEveryone: true,
    });
    expect(parse('--auth-public-key', '-----BEGIN PUBLIC KEY-----')).toEqual({
      auth: { publicKey: '-----BEGIN PUBLIC KEY-----' },
    });
  });

  test('and one of the environment', () => {
    const variables = {
      AUTH_SECRET: SECRET,
      AUTH_ISSUER: 'a',
      AUTH_AUDIENCE: 'b',
      AUTH_REQUIRED: '0',
      AUTH_CLOCK_TOLERANCE_S: '7',
      PRODUCTION: 'true',
      OPEN_TO_EVERYONE: 'false',
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(`TOPGUN_${name}`, value);
    expect(parse()).toEqual({
      auth: { secret: SECRET, issuer: ['a'], audience: ['b'], required: false, clockToleranceS: 7 },
      production: true,
      openToEveryone: false,
    });
  });

  test.each([
    ['--auth-required', 'maybe'],
    ['--auth-clock-tolerance-s', 'long'],
    ['--auth-public-key', '/no/such/file.pem'],
    ['--open-to-everyone', 'perhaps'],
  ])('that says nothing that can be understood is refused: %s %s', (...argv) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));
  });
});

describe('AB-1, AB-4, AB-5: limits', () => {
  const parse = (...argv: string[]) => {
    const command = new Command('topgun-server').exitOverride().configureOutput({ writeErr: () => undefined });
    addLimitFlags(command);
    return toLimitOptions(command.parse(argv, { from: 'user' }).opts<LimitFlags>());
  };

  test('are as shipped where nothing is said, and none where that is said', () => {
    expect(toServerConfig({})).toMatchObject({
      budgets: DEFAULT_BUDGETS,
      allowedOrigins: undefined,
      trustedProxies: 0,
    });
    expect(toServerConfig(parse()).budgets).toEqual(DEFAULT_BUDGETS);
    expect(toServerConfig(parse('--budgets', 'off')).budgets).toBe(undefined);
  });

  test('are options of the command line', () => {
    const argv = ['--budgets', '{"user":{"connections":2}}', '--allowed-origins', 'https://a.com, https://b.com'];
    expect(toServerConfig(parse(...argv, '--trusted-proxies', '2'))).toMatchObject({
      budgets: { user: { connections: 2, subscriptions: 10_000 } },
      allowedOrigins: ['https://a.com', 'https://b.com'],
      trustedProxies: 2,
    });
    expect(parse('--allowed-origins', '*')).toEqual({ allowedOrigins: '*' });
  });

  test.each([
    [{ budgets: { user: { connections: 0 } } }, 'budgets.user.connections'],
    [{ allowedOrigins: ['a.com'] }, '"a.com"'],
    [{ trustedProxies: 1.5 }, 'trustedProxies'],
  ])('that mean nothing keep the server from starting: %j', (options, what) => {
    expect(() => toServerConfig(options)).toThrow(
      expect.objectContaining({ code: 'limits', message: expect.stringContaining(what) }),
    );
  });

  test.each([
    ['--budgets', 'none'],
    ['--trusted-proxies', 'two'],
  ])('that cannot be understood are refused: %s %s', (...argv) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));
  });

  test('AB-7: the audit log is a file of lines', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'topgun-audit-'));
    const file = path.join(folder, 'log', 'audit.jsonl');
    const { audit } = toServerConfig(parse('--audit-log', file));
    audit({ event: 'connection-refused', code: 'needs-auth', address: '1.2.3.4' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ event: 'connection-refused', address: '1.2.3.4' });
    rmSync(folder, { recursive: true });
  });
});
