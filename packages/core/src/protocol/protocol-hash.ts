import * as z from 'zod/mini';
import { canonicalJson } from '../primitives/canonical-json.js';
import { fnv1a64 } from '../primitives/fnv1a64.js';
import type { Value } from '../primitives/value.js';
import { helloSchema, PROTOCOL_VERSION } from './hello.js';
import { clientMessageSchema, MESSAGE_EVENT, serverMessageSchema } from './messages.js';
import { shortFormSchemas } from './short-forms.js';

/** Everything on the wire as one text: version, event name and the JSON Schema of every message. */
export function protocolText(): string {
  const all = [helloSchema(), clientMessageSchema(), serverMessageSchema(), ...shortFormSchemas()];
  const schemas = all.map((schema) => z.toJSONSchema(schema));
  return canonicalJson([PROTOCOL_VERSION, MESSAGE_EVENT, ...schemas] as unknown as Value);
}

/** The hash of {@link protocolText}. A test holds it frozen, so that no change of the wire is an accident. */
export const protocolHash = (): string => fnv1a64(protocolText());
