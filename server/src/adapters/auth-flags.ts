import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AuthOptions } from '../auth-options.js';
import type { ServerOptions } from '../config.js';

/** What the command line, or the environment, says of authentication. */
export interface AuthFlags {
  readonly authSecret?: string;
  readonly authPublicKey?: string;
  readonly authJwksUrl?: string;
  readonly authIssuer?: readonly string[];
  readonly authAudience?: readonly string[];
  readonly authRequired?: boolean;
  readonly authClockToleranceS?: number;
  readonly production?: boolean;
  readonly openToEveryone?: boolean;
}

export function addAuthFlags(command: Command): void {
  const add = (flags: string, text: string, env: string, parse?: (text: string) => unknown): void => {
    const option = new Option(flags, text).env(env);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  };
  add(
    '--auth-secret <secret>',
    'verify tokens with this shared secret; better in the environment',
    'TOPGUN_AUTH_SECRET',
  );
  add('--auth-public-key <pem>', 'or with this public key: PEM, or the file it is in', 'TOPGUN_AUTH_PUBLIC_KEY', toPem);
  add('--auth-jwks-url <url>', 'or with the public keys that are there', 'TOPGUN_AUTH_JWKS_URL');
  add('--auth-issuer <list>', 'the iss of tokens: one, or several with commas', 'TOPGUN_AUTH_ISSUER', toList);
  add('--auth-audience <list>', 'the aud of tokens: one, or several with commas', 'TOPGUN_AUTH_AUDIENCE', toList);
  add('--auth-required <boolean>', 'false lets in who shows no token, as nobody', 'TOPGUN_AUTH_REQUIRED', toBoolean);
  add(
    '--auth-clock-tolerance-s <seconds>',
    'how far the clock of whoever signs may be off',
    'TOPGUN_AUTH_CLOCK_TOLERANCE_S',
    toSeconds,
  );
  add('--production [boolean]', 'refuse to start without authentication', 'TOPGUN_PRODUCTION', toBoolean);
  add(
    '--open-to-everyone [boolean]',
    'whoever reaches the server is meant to read and write everything',
    'TOPGUN_OPEN_TO_EVERYONE',
    toBoolean,
  );
}

export function toAuthOptions(flags: AuthFlags): Pick<ServerOptions, 'auth' | 'production' | 'openToEveryone'> {
  const { production, openToEveryone } = flags;
  const auth = stripped<AuthOptions>({
    secret: flags.authSecret,
    publicKey: flags.authPublicKey,
    jwksUrl: flags.authJwksUrl,
    issuer: flags.authIssuer,
    audience: flags.authAudience,
    required: flags.authRequired,
    clockToleranceS: flags.authClockToleranceS,
  });
  return {
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
    ...stripped<Pick<ServerOptions, 'production' | 'openToEveryone'>>({ production, openToEveryone }),
  };
}

/** Without what nobody has said. */
const stripped = <Options>(options: { readonly [Name in keyof Options]: Options[Name] | undefined }): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;

function toPem(text: string): string {
  if (text.includes('-----BEGIN')) return text;
  try {
    return readFileSync(text, 'utf8');
  } catch {
    throw new InvalidArgumentError('It is neither PEM text nor a file that can be read.');
  }
}

const toList = (text: string): readonly string[] => text.split(',').map((item) => item.trim());

function toBoolean(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('It is true or false.');
}

function toSeconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is a number of seconds.');
  return Number(text);
}
