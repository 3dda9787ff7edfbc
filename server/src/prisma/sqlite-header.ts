/** 'TopG', as `PRAGMA application_id` and the first migration write it. */
export const APPLICATION_ID = 0x546f7047;

/** How much of a file `judgeHeader` looks at. */
export const HEADER_BYTES = 100;

const MAGIC = 'SQLite format 3\0';

/**
 * What the first bytes of a file say, read without SQLite: opening even a foreign or damaged file with SQLite
 * can leave `-wal` and `-shm` files beside it. Source: "Database File Format", sqlite.org.
 *
 * `hasLog`: a write-ahead log lies beside the file, so pages may be there and not yet here.
 */
export function judgeHeader(
  header: Uint8Array,
  fileBytes: number,
  hasLog: boolean,
): 'new' | 'ours' | 'foreign' | 'not-a-database' | 'truncated' {
  if (fileBytes === 0) return 'new';
  if (header.length < HEADER_BYTES) return 'not-a-database';
  for (let i = 0; i < MAGIC.length; i++) {
    if (header[i] !== MAGIC.charCodeAt(i)) return 'not-a-database';
  }
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const declaredPageSize = view.getUint16(16);
  const pageSize = declaredPageSize === 1 ? 65_536 : declaredPageSize;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return 'not-a-database';
  if (view.getUint32(68) !== APPLICATION_ID) return 'foreign';
  // The page count in the header is only right when it was written together with the change counter.
  const countIsValid = view.getUint32(24) === view.getUint32(92);
  const pages = view.getUint32(28);
  if (!hasLog && countIsValid && pages * pageSize > fileBytes) return 'truncated';
  return 'ours';
}
