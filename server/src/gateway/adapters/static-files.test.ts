import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpEndpoints } from './http-endpoints.js';

const CODE = 'export const answer = 42;\n'.repeat(400);
const PAGE = '<!doctype html><title>An app</title>';
const folder = mkdtempSync(path.join(tmpdir(), 'topgun-static-'));
let server: Server;

beforeAll(async () => {
  mkdirSync(path.join(folder, 'assets', '.hidden'), { recursive: true });
  const write = (name: string, content: string | Buffer): void => writeFileSync(path.join(folder, name), content);
  write('index.html', PAGE);
  write('assets/index-D5f_2kQx.js', CODE);
  write('assets/index-D5f_2kQx.js.map', CODE);
  write('assets/text-sections.js', CODE);
  write('assets/few-B5f_2kQx.js', 'export {};');
  write('assets/logo-D5f_2kQx.png', Buffer.alloc(4_000, 1));
  write('assets/.hidden/index-D5f_2kQx.js', CODE);
  write('worker-D5f_2kQx.js', CODE);
  server = createServer(createHttpEndpoints({ whyNotReady: () => null, staticFolder: folder }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** As it comes over the line: nothing is decompressed, and the path is sent as it is. */
function get(name: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = ask({ port, host: '127.0.0.1', path: name, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

const FOR_GOOD = 'public, max-age=31536000, immutable';
const GZIP = { 'accept-encoding': 'gzip, deflate' };

describe('PI-62: files of an app', () => {
  test.each(['/assets/index-D5f_2kQx.js', '/assets/index-D5f_2kQx.js.map', '/assets/logo-D5f_2kQx.png'])(
    '%s is named by its content, and kept for good',
    async (name) => {
      for (const headers of [{}, GZIP]) expect((await get(name, headers)).headers['cache-control']).toBe(FOR_GOOD);
    },
  );

  test.each(['/', '/index.html', '/assets/text-sections.js', '/worker-D5f_2kQx.js', '/lists/of-D5f_2kQx'])(
    '%s is asked about each time',
    async (name) => {
      for (const headers of [{}, GZIP]) {
        const { status, headers: got } = await get(name, headers);
        expect([status, got['cache-control']]).toEqual([200, 'no-cache']);
      }
    },
  );

  test('a path that names no file is the app’s own, and not kept although it looks like one that is', async () => {
    const { body, headers } = await get('/assets/(a)-D5f_2kQx.js');
    expect(body.toString()).toBe(PAGE);
    expect(headers['cache-control']).toBe('no-cache');
  });

  test('text is compressed as the browser takes it', async () => {
    const name = '/assets/index-D5f_2kQx.js';
    const [br, gzipped, plain] = [
      await get(name, { 'accept-encoding': 'gzip, deflate, br' }),
      await get(name, { 'accept-encoding': 'gzip, br;q=0' }),
      await get(name),
    ];
    expect(br.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(br.body).toString()).toBe(CODE);
    expect(gzipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzipped.body).toString()).toBe(CODE);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.toString()).toBe(CODE);
    for (const { headers } of [br, gzipped, plain]) {
      expect(headers.vary).toBe('Accept-Encoding');
      expect(headers['content-type']).toBe('text/javascript');
      expect(headers.etag).toBe(plain.headers.etag);
    }
    expect(br.headers['content-length']).toBe(String(br.body.length));
  });

  test('what is small or compressed already goes as it is', async () => {
    expect((await get('/assets/few-B5f_2kQx.js', GZIP)).headers['content-encoding']).toBeUndefined();
    expect((await get('/assets/logo-D5f_2kQx.png', GZIP)).headers['content-encoding']).toBeUndefined();
  });

  test('who has it already is told so; who has another one gets it compressed', async () => {
    const name = '/assets/text-sections.js';
    const { headers } = await get(name, GZIP);
    const again = await get(name, { ...GZIP, 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const other = await get(name, { ...GZIP, 'if-none-match': 'W/"1-1"' });
    expect([other.status, other.headers['content-encoding']]).toEqual([200, 'gzip']);
  });

  test('a part, and headers alone, are of the file as it is', async () => {
    const part = await get('/assets/text-sections.js', { ...GZIP, range: 'bytes=0-5' });
    expect([part.status, part.body.toString(), part.headers['content-encoding']]).toEqual([206, 'export', undefined]);
    const head = await get('/assets/text-sections.js', GZIP, 'HEAD');
    expect([head.status, head.headers['content-length']]).toEqual([200, String(CODE.length)]);
  });

  test.each([
    '/assets/.hidden/index-D5f_2kQx.js',
    '/assets/../../etc/passwd.js',
    '/assets/%2e%2e/%2e%2e/x.js',
    '/%E0.js',
  ])('%s is no file of it', async (name) => {
    const { status, body } = await get(name, GZIP);
    expect(status === 404 || body.toString() === PAGE).toBe(true);
  });
});
