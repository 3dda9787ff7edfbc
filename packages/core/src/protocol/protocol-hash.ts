import * as z from 'zod/mini';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import { helloSchema, PROTOCOL_VERSION } from './hello.js';
import { clientMessageSchema, MESSAGE_EVENT, serverMessageSchema } from './messages.js';
import { shortFormSchemas } from './short-forms.js';

/** Everything on the wire as one text: version, event name and the JSON Schema of every message. */
export function protocolText(): string {
  const all = [helloSchema, clientMessageSchema, serverMessageSchema, ...shortFormSchemas];
  const schemas = all.map((schema) => z.toJSONSchema(schema));
  return canonicalJson([PROTOCOL_VERSION, MESSAGE_EVENT, ...schemas] as unknown as Value);
}

/** The hash of {@link protocolText}. A test holds it frozen, so that no change of the wire is an accident. */
export const protocolHash = (): string => fnv1a64(protocolText());

/** FNV-1a, 64 bits, over code units, in 16 hexadecimal digits. */
export function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
