/** PI-3: who may append. One object, replaced by comparing. */
export interface Owner {
  readonly version: 1;
  readonly epoch: number;
  readonly lineage: string;
  /** The owners up to this epoch append nothing any more, and what they appended ends at this position. */
  readonly sealed: { readonly epoch: number; readonly position: number };
  /** Who wrote this: whoever does not know whether its write happened looks for its own. */
  readonly writer: string;
}

export const OWNER = 'owner.json';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeOwner = (owner: Owner): Uint8Array => encoder.encode(JSON.stringify(owner));

/** `null`: these are not the bytes of an owner; `newer`: of a later version. */
export function decodeOwner(bytes: Uint8Array): Owner | 'newer' | null {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(bytes));
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const { version, epoch, lineage, sealed, writer } = json as { readonly [name: string]: unknown };
  if (typeof version !== 'number' || typeof lineage !== 'string' || typeof writer !== 'string') return null;
  if (version > 1) return 'newer';
  if (!isCount(epoch) || typeof sealed !== 'object' || sealed === null) return null;
  const { epoch: sealedEpoch, position } = sealed as { readonly [name: string]: unknown };
  if (!isCount(sealedEpoch) || !isCount(position) || sealedEpoch >= epoch) return null;
  return { version: 1, epoch, lineage, sealed: { epoch: sealedEpoch, position }, writer };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
