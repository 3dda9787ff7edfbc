import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ObjectStoreError, type ObjectStore } from './object-store.js';
import type { S3Place } from './s3-url.js';

export interface AwsObjectStoreOptions {
  /** What has not answered by then may have happened or not. */
  readonly timeoutMs: number;
}

const NOT_FOUND = 404;
/** Somebody writes the same key just now. */
const CONFLICT = 409;
const PRECONDITION_FAILED = 412;
const DENIED: ReadonlySet<number> = new Set([401, 403]);
/** From here on, and when told to slow down, it may be possible later. */
const SERVER_ERROR = 500;
const TOO_MANY_REQUESTS = 429;

/** The only importer of the AWS SDK. It tries nothing again by itself: whether that is right, the caller knows. */
export function createAwsObjectStore(place: S3Place, { timeoutMs }: AwsObjectStoreOptions): ObjectStore {
  const { bucket: Bucket, prefix, region, endpoint } = place;
  // What it says of its own next versions is nothing that whoever runs the server can act on.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    // Services that only speak like S3 have as a rule no host for each bucket, and no region.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true, region: region ?? 'us-east-1' }),
    maxAttempts: 1,
    // The others would not understand checksums that only Amazon's knows.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keyOf = (key: string): string => prefix + key;

  const send = async <T>(work: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> => {
    try {
      return await work({ abortSignal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw toObjectStoreError(error, place);
    }
  };

  /** `null`: it was not written, for there is another one than was expected. */
  const put = (key: string, bytes: Uint8Array, condition: { IfNoneMatch: '*' } | { IfMatch: string }) =>
    send(async (options) => {
      const command = new PutObjectCommand({
        Bucket,
        Key: keyOf(key),
        Body: bytes,
        ContentLength: bytes.length,
        ...condition,
      });
      try {
        return await client.send(command, options);
      } catch (error) {
        const status = statusOf(error);
        // Who replaces what is gone is told that there is none.
        if (status === PRECONDITION_FAILED || (status === NOT_FOUND && nameOf(error) === 'NoSuchKey')) return null;
        if (status === CONFLICT) throw new ObjectStoreError('unreachable', `${place.name} is being written by another`);
        throw error;
      }
    });

  return {
    get: (key) =>
      send(async (options) => {
        try {
          const { Body, ETag = '' } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(key) }), options);
          return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), tag: ETag };
        } catch (error) {
          if (nameOf(error) === 'NoSuchKey') return null;
          throw error;
        }
      }),
    create: async (key, bytes) => ((await put(key, bytes, { IfNoneMatch: '*' })) === null ? 'exists' : 'created'),
    replace: async (key, bytes, tag) => ((await put(key, bytes, { IfMatch: tag })) === null ? 'changed' : 'replaced'),
    list: (start, after) =>
      send(async (options) => {
        const command = new ListObjectsV2Command({ Bucket, Prefix: keyOf(start), StartAfter: keyOf(after) });
        const { Contents = [] } = await client.send(command, options);
        return Contents.map(({ Key = '', Size = 0 }) => ({ key: Key.slice(prefix.length), size: Size }));
      }),
    remove: (keys) =>
      send(async (options) => {
        const Delete = { Objects: keys.map((key) => ({ Key: keyOf(key) })), Quiet: true };
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }), options);
        const [first] = Errors;
        if (first !== undefined)
          throw new ObjectStoreError('failed', `${place.name}: ${first.Message ?? first.Code ?? ''}`);
      }),
    close: () => client.destroy(),
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** One sentence for whoever runs the server; no key or secret is in it. */
function toObjectStoreError(error: unknown, { name }: S3Place): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const status = statusOf(error);
  const make = (code: ObjectStoreError['code'], why: string): ObjectStoreError =>
    new ObjectStoreError(code, `${name}: ${why}`, { cause: error });
  if (nameOf(error) === 'NoSuchBucket') return make('no-bucket', 'the bucket does not exist');
  if (nameOf(error) === 'CredentialsProviderError')
    return make('denied', 'there are no credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)');
  if (status === undefined) return make('unreachable', said === '' ? nameOf(error) : said);
  if (DENIED.has(status)) return make('denied', `access is denied (${nameOf(error)})`);
  if (status >= SERVER_ERROR || status === TOO_MANY_REQUESTS) return make('unreachable', `${nameOf(error)}: ${said}`);
  return make('failed', `${nameOf(error)}: ${said}`);
}
