import { OperationFailure } from './operation-failure.js';

/** No record is nearly as long. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEW_LINE = 10;

/** The lines of a UTF-8 text that comes in chunks. Holds one of them, or throws an `OperationFailure` where it is too long or no text. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Uint8Array[] = [];
  let size = 0;
  let number = 0;
  const take = (): string => {
    number += 1;
    const bytes = Buffer.concat(pieces);
    [pieces, size] = [[], 0];
    try {
      return decoder.decode(bytes);
    } catch {
      throw new OperationFailure(`Line ${number} is not UTF-8.`);
    }
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      pieces.push(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > MAX_LINE_BYTES) throw new OperationFailure(`Line ${number + 1} is longer than any record.`);
  }
  if (size > 0) yield take();
}
