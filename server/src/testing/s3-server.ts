import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next writing requests meet. */
export type S3Fault = 'slow-down' | 'hang' | 'done-and-cut' | 'cut';

/** As much of S3 as the driver speaks, in memory, conditional writes included. Who signs requests, and how, it does not look at. */
export interface S3Server {
  readonly endpoint: string;
  readonly buckets: ReadonlyMap<string, ReadonlyMap<string, Buffer>>;
  failNext(...faults: readonly S3Fault[]): void;
  /** From now on every request is answered so; `null`: as it should be. */
  deny(status: number | null): void;
  /** Writes whatever the conditions say, as some servers do. */
  ignoreConditions(): void;
  close(): Promise<void>;
}

/** Keys that one listing brings. */
const LISTED = 50;

export async function startS3Server(bucketNames: readonly string[], port = 0): Promise<S3Server> {
  const buckets = new Map(bucketNames.map((name) => [name, new Map<string, Buffer>()]));
  const faults: S3Fault[] = [];
  let denied: number | null = null;
  let ignoresConditions = false;

  const http = createServer((request, response) => {
    bodyOf(request).then(
      (body) => answer(request, response, body),
      () => response.destroy(),
    );
  });

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, bucketName = '', ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    if (denied !== null) return refuse(response, denied, denied === 403 ? 'AccessDenied' : 'InternalError');
    const bucket = buckets.get(bucketName);
    if (bucket === undefined) return refuse(response, 404, 'NoSuchBucket');
    const isWrite = request.method === 'PUT' || request.method === 'POST';
    const fault = isWrite ? faults.shift() : undefined;
    if (fault === 'slow-down') return refuse(response, 503, 'SlowDown');
    if (fault === 'hang') return;
    if (fault === 'cut') return void response.destroy();
    switch (request.method) {
      case 'GET':
        if (url.searchParams.get('list-type') === '2') return list(response, bucket, url.searchParams);
        return get(response, bucket.get(key));
      case 'PUT': {
        const there = bucket.get(key);
        const refused = ignoresConditions ? null : refusalOf(request, there);
        if (refused !== null) return refuse(response, ...refused);
        bucket.set(key, body);
        if (fault === 'done-and-cut') return void response.destroy();
        response.writeHead(200, { etag: tagOf(body) }).end();
        return;
      }
      case 'POST':
        for (const [, gone] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) bucket.delete(fromXml(gone!));
        if (fault === 'done-and-cut') return void response.destroy();
        response.writeHead(200, XML).end('<DeleteResult></DeleteResult>');
        return;
      default:
        return refuse(response, 501, 'NotImplemented');
    }
  }

  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    buckets,
    failNext: (...next) => void faults.push(...next),
    deny(status) {
      denied = status;
    },
    ignoreConditions() {
      ignoresConditions = true;
    },
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const XML = { 'content-type': 'application/xml' };

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const tagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

function refusalOf({ headers }: IncomingMessage, there: Buffer | undefined): readonly [number, string] | null {
  if (headers['if-none-match'] === '*' && there !== undefined) return [412, 'PreconditionFailed'];
  const wanted = headers['if-match'];
  if (wanted === undefined) return null;
  if (there === undefined) return [404, 'NoSuchKey'];
  return wanted === tagOf(there) ? null : [412, 'PreconditionFailed'];
}

function get(response: ServerResponse, object: Buffer | undefined): void {
  if (object === undefined) refuse(response, 404, 'NoSuchKey');
  else response.writeHead(200, { etag: tagOf(object), 'content-length': object.length }).end(object);
}

function list(response: ServerResponse, bucket: ReadonlyMap<string, Buffer>, asked: URLSearchParams): void {
  const [prefix, after] = [asked.get('prefix') ?? '', asked.get('start-after') ?? ''];
  const keys = [...bucket.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
  const contents = keys
    .slice(0, LISTED)
    .map((key) => `<Contents><Key>${toXml(key)}</Key><Size>${bucket.get(key)!.length}</Size></Contents>`);
  const isTruncated = keys.length > LISTED;
  response
    .writeHead(200, XML)
    .end(`<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`);
}

const refuse = (response: ServerResponse, status: number, code: string): void =>
  void response.writeHead(status, XML).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);

const toXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const fromXml = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&amp;', '&');
