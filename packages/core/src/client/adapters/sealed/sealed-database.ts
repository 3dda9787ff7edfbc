import type { RowCodec } from './row-codec.js';
import { type NextIds, SealedTransaction } from './sealed-transaction.js';

/**
 * EN-1: a database to which rows are written, and from which they are read, as if they were not sealed. It has what the code of storage uses of an
 * `IDBDatabase`, and no more.
 */
export function sealedDatabase(native: IDBDatabase, codec: RowCodec): IDBDatabase {
  const nextIds: NextIds = new Map();
  const sealed: Pick<IDBDatabase, 'transaction' | 'close'> = {
    transaction(stores, mode, options) {
      const transaction = new SealedTransaction(native.transaction(stores, mode, options), codec, nextIds);
      return transaction as unknown as IDBTransaction;
    },
    close: () => native.close(),
  };
  return sealed as IDBDatabase;
}
