import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../prisma/database-error.js';

/** Where in which bucket a ledger is. Keys and secrets are not part of it: they come from the environment, as the AWS SDK finds them. */
export interface S3Place {
  readonly bucket: string;
  /** Of every key; empty, or with a `/` at its end. */
  readonly prefix: string;
  /** `undefined`: the SDK asks AWS_REGION and its configuration files. */
  readonly region: string | undefined;
  /** Another service than Amazon's that speaks as S3 does. */
  readonly endpoint: string | undefined;
  /** For sentences. */
  readonly name: string;
}

const OPTIONS = new Set(['region', 'endpoint']);
const EXAMPLE = 's3://bucket/folder?region=eu-central-1';
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export const isS3Url = (url: string): boolean => /^s3:/i.test(url);

/** Reads `s3://bucket/folder?region=…&endpoint=https://…`. */
export function parseS3Url(url: string): Result<S3Place, DatabaseError> {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse('it is not a URL');
  }
  if (!/^s3:\/\//i.test(url)) return refuse('the scheme is followed by //');
  if (parsed.username !== '' || parsed.password !== '') {
    return refuse(
      'keys do not belong in it; they are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or wherever the AWS SDK finds them',
    );
  }
  const options = parsed.searchParams;
  for (const key of options.keys())
    if (!OPTIONS.has(key)) return refuse(`the option ${JSON.stringify(key)} is not known`);
  const bucket = parsed.host;
  if (!BUCKET.test(bucket)) return refuse('it names no bucket');
  const endpoint = options.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^/]+\/?$/.test(endpoint))
    return refuse('endpoint is like https://host:9000');
  let folder: string;
  try {
    folder = decodeURIComponent(parsed.pathname).replace(/^\/+|\/+$/g, '');
  } catch {
    return refuse('a % in it is not followed by two hexadecimal digits');
  }
  return ok({
    bucket,
    prefix: folder === '' ? '' : `${folder}/`,
    region: options.get('region') ?? undefined,
    endpoint,
    name: `S3 bucket ${bucket}${folder === '' ? '' : `, folder ${folder},`}${endpoint === undefined ? '' : ` at ${endpoint}`}`,
  });
}

const refuse = (why: string): { readonly ok: false; readonly error: DatabaseError } =>
  err({ code: 'unsupported-url', message: `The S3 URL cannot be used: ${why}. Write it like ${EXAMPLE}.` });
