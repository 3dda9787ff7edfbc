import { typeMismatchText, type MapType } from '../crdt/index.js';
import { checkKey, isPlainObject, TopGunError } from '../primitives/index.js';
import { KEY_FIELD } from '../query/index.js';
import type { MapStore } from './state/map-store.js';

/** What an app hands over to be written, without what is never stored: rows carry their key (CR-4). */
export function writeInput(value: unknown): unknown {
  if (!isPlainObject(value) || !Object.hasOwn(value, KEY_FIELD)) return value;
  const { [KEY_FIELD]: _key, ...fields } = value;
  return fields;
}

/** @throws TopGunError `invalid-key`, `key-too-long` */
export function assertKey(key: string): void {
  const checked = checkKey(key);
  if (!checked.ok) throw new TopGunError(checked.error.code, checked.error.message);
}

/** A map holds one type. Where nothing of it is here the server will tell. @throws TopGunError `type-mismatch` */
export function assertType(store: MapStore, wanted: MapType): void {
  const holds = store.overlay.type();
  if (holds !== null && holds !== wanted) {
    throw new TopGunError('type-mismatch', typeMismatchText(store.name, holds, wanted));
  }
}

/** Of whatever a plan refuses a write for. */
export const writeError = ({
  code,
  message,
  path,
}: Readonly<Record<'code' | 'path' | 'message', string>>): TopGunError =>
  new TopGunError(code, path === '$' ? `${message}.` : `${message} (at ${path}).`);

export const notLoaded = (map: string): TopGunError =>
  new TopGunError('not-loaded', `The map "${map}" is still being loaded: await its loaded() first.`);
