import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import sirv from 'sirv';

/** Answers a request for a file, or calls `next` where there is none. */
export type ServeStatic = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

type Encoding = 'br' | 'gzip';

/**
 * PI-62: the files of a built app, as they were when the server started; a path that names none gets `index.html`, as single-page
 * apps want. What a bundler names by its content is kept for good by whoever has it; all else is asked about each time. Text is
 * compressed with its first request, and that is kept.
 */
export function createStaticFiles(folder: string): ServeStatic {
  const files = filesOf(folder);
  const compressed = new Map<string, Promise<Buffer>>();
  const serveFile = sirv(folder, {
    single: true,
    etag: true,
    dotfiles: false,
    setHeaders(response, pathname) {
      const name = decoded(pathname);
      response.setHeader('Cache-Control', cacheControl(files.has(name) ? name : null));
      if (isCompressible(name)) response.setHeader('Vary', 'Accept-Encoding');
    },
  });

  function compress(file: string, encoding: Encoding): Promise<Buffer> {
    const key = `${encoding} ${file}`;
    let made = compressed.get(key);
    if (made === undefined) {
      made = readFile(file).then(COMPRESSORS[encoding]);
      made.catch(() => compressed.delete(key));
      compressed.set(key, made);
    }
    return made;
  }

  return (request, response, next) => {
    const name = decoded((request.url ?? '/').split('?', 1)[0] ?? '/');
    const file = files.get(name);
    const encoding = encodingFor(request);
    const isWhole = file === undefined || !isCompressible(name) || file.bytes < LEAST_BYTES;
    if (isWhole || encoding === null || request.headers['if-none-match'] === file.etag) {
      return serveFile(request, response, next);
    }
    compress(file.path, encoding).then(
      (content) => {
        response.writeHead(200, {
          'Content-Type': COMPRESSED_TYPES[path.extname(name)],
          'Content-Length': content.length,
          'Content-Encoding': encoding,
          'Cache-Control': cacheControl(name),
          'Last-Modified': file.modified.toUTCString(),
          Vary: 'Accept-Encoding',
          ETag: file.etag,
        });
        response.end(content);
      },
      () => serveFile(request, response, next),
    );
  };
}

/** What is smaller fits in a packet anyway. */
const LEAST_BYTES = 1_400;

const COMPRESSED_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html;charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

const isCompressible = (name: string): boolean => path.extname(name) in COMPRESSED_TYPES;

const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip);
/** Once for all who ask: so more time is spent on it than on what is compressed for one. */
const COMPRESSORS: Readonly<Record<Encoding, (content: Buffer) => Promise<Buffer>>> = {
  br: (content) => brotliOf(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (content) => gzipOf(content, { level: 9 }),
};

/** `null`: as it is, as for who wants a part of it, or its headers alone. */
function encodingFor({ method, headers }: IncomingMessage): Encoding | null {
  if (method !== 'GET' || headers.range !== undefined) return null;
  const accepted = new Set<string>();
  for (const each of String(headers['accept-encoding'] ?? '').split(',')) {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(name);
  }
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : null;
}

/** As Vite names what it bundles: `assets/index-D5f_2kQx.js`. A name of words alone is not taken for a hash. */
const HASHED = /\/assets\/(?:.*\/)?[^/]*-(?=[\w-]*[\dA-Z])[\w-]{8}(?:\.\w+)+$/;

function cacheControl(name: string | null): string {
  return name !== null && HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function decoded(pathname: string): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}

interface StaticFile {
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
  /** As sirv makes it: it answers who has the file already. */
  readonly etag: string;
}

/** By the path of their address. Names that begin with a dot are nobody's business. */
function filesOf(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const parts = entry.split(path.sep);
    const file = path.join(folder, entry);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile() !== true || parts.some((part) => part.startsWith('.'))) continue;
    const etag = `W/"${found.size}-${found.mtime.getTime()}"`;
    files.set(`/${parts.join('/').normalize()}`, { path: file, bytes: found.size, modified: found.mtime, etag });
  }
  return files;
}
