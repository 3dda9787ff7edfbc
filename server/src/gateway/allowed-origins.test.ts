import { describe, expect, test } from 'vitest';
import { createAllowedOrigins, faultOfOrigin } from './allowed-origins.js';

describe('AB-4: pages of which origins may connect', () => {
  test.each([
    [undefined, 'example.com', true],
    ['https://example.com', 'example.com', true],
    ['https://example.com', 'example.com:8080', true],
    ['http://EXAMPLE.com:5173', 'example.com', true],
    ['http://localhost:5173', '127.0.0.1:8080', true],
    ['http://[::1]:5173', 'localhost:8080', true],
    ['https://evil.com', 'example.com', false],
    ['https://evil.com', 'localhost:8080', false],
    ['http://localhost:5173', 'example.com', false],
    ['https://example.com.evil.com', 'example.com', false],
    ['https://notexample.com', 'example.com', false],
    ['null', 'example.com', false],
    ['', 'example.com', false],
    ['https://example.com', undefined, false],
    ['https://example.com', ' bad host', false],
  ])('unless told otherwise, those of the same host: %s to %s: %s', (origin, host, isAllowed) => {
    expect(createAllowedOrigins(undefined)({ origin, host })).toBe(isAllowed);
  });

  test.each([
    ['https://app.example.com', true],
    ['HTTPS://APP.example.com', true],
    ['http://app.example.com', false],
    ['https://app.example.com:444', false],
    ['https://example.com', false],
    ['null', false],
    [undefined, true],
  ])('of a list those alone that are on it: %s: %s', (origin, isAllowed) => {
    expect(createAllowedOrigins(['https://app.example.com'])({ origin, host: 'example.com' })).toBe(isAllowed);
  });

  test('all, and none', () => {
    expect(createAllowedOrigins('*')({ origin: 'https://evil.com', host: 'example.com' })).toBe(true);
    expect(createAllowedOrigins([])({ origin: 'https://example.com', host: 'example.com' })).toBe(false);
    expect(createAllowedOrigins(['null'])({ origin: 'null', host: 'example.com' })).toBe(true);
  });

  test.each(['https://a.com/', 'https://a.com/x', 'a.com', '', '*'])('%j is no origin', (text) => {
    expect(faultOfOrigin(text)).toContain(JSON.stringify(text));
  });

  test.each(['https://a.com', 'http://localhost:5173', 'capacitor://localhost', 'null'])('%s is one', (text) => {
    expect(faultOfOrigin(text)).toBe(null);
  });
});
