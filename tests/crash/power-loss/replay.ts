/** What a followed process did to its files, in order. */
export type FileEvent =
  | { readonly type: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly file: string; readonly length: number }
  | { readonly type: 'sync'; readonly file: string };

/**
 * The events that lines of `strace -f -y` tell of, each with the number of its line. A call that is cut into two lines by another thread's counts
 * from where it begins; a sync, from where it has ended. Throws when bytes were left out of a line.
 */
export function fileEvents(trace: readonly string[]): { readonly line: number; readonly event: FileEvent }[] {
  const syncing = new Map<string, string>();
  return trace.flatMap((text, line) => {
    const event = fileEvent(text, syncing);
    return event === null ? [] : [{ line, event }];
  });
}

function fileEvent(text: string, syncing: Map<string, string>): FileEvent | null {
  const thread = /^\d+/.exec(text)?.[0] ?? '';
  const write = /pwrite64\(\d+<([^>]*)>, "((?:[^"\\]|\\.)*)"(\.\.\.)?, (\d+), (\d+)/.exec(text);
  if (write !== null) {
    const [, file = '', quoted = '', more, length, offset] = write;
    const bytes = unquoted(quoted);
    if (more !== undefined || bytes.length !== Number(length))
      throw new Error(`only ${bytes.length} bytes of ${length}`);
    return { type: 'write', file, offset: Number(offset), bytes };
  }
  const truncate = /ftruncate\(\d+<([^>]*)>, (\d+)/.exec(text);
  if (truncate !== null) return { type: 'truncate', file: truncate[1]!, length: Number(truncate[2]) };
  const sync = /f(?:data)?sync\(\d+<([^>]*)>(\) += 0| <unfinished)/.exec(text);
  if (sync !== null) {
    if (sync[2]!.startsWith(')')) return { type: 'sync', file: sync[1]! };
    syncing.set(thread, sync[1]!);
    return null;
  }
  const file = /<\.\.\. f(?:data)?sync resumed>\) += 0/.test(text) ? syncing.get(thread) : undefined;
  syncing.delete(thread);
  return file === undefined ? null : { type: 'sync', file };
}

/** Its file as a disk has it that lost its power: what was synced, and of the rest what `survives` says. */
export function afterPowerLoss(events: readonly FileEvent[], file: string, survives: () => boolean): Buffer {
  const own = events.filter((event) => event.file === file);
  const synced = own.findLastIndex(({ type }) => type === 'sync');
  let content: Buffer = Buffer.alloc(0);
  for (const [i, event] of own.entries()) {
    if (event.type === 'sync' || (i > synced && !survives())) continue;
    if (event.type === 'truncate') content = resized(content, event.length);
    else {
      content = resized(content, Math.max(content.length, event.offset + event.bytes.length));
      event.bytes.copy(content, event.offset);
    }
  }
  return content;
}

function resized(content: Buffer, length: number): Buffer {
  const next = Buffer.alloc(length);
  content.copy(next);
  return next;
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, '\\': 92 };

/** The bytes of a string as strace quotes it. */
function unquoted(text: string): Buffer {
  const bytes: number[] = [];
  for (const [, octal, escape, plain] of text.matchAll(/\\([0-7]{1,3})|\\(.)|([^\\])/gs)) {
    bytes.push(
      octal !== undefined ? Number.parseInt(octal, 8) : escape !== undefined ? ESCAPES[escape]! : plain!.charCodeAt(0),
    );
  }
  return Buffer.from(bytes);
}
