import { createHash } from 'node:crypto';

/** What kind of thing happened: a run is as long as the sum of these. */
export type StepKind = 'delivery' | 'timer' | 'storage' | 'write' | 'view' | 'fault';

/** What happened in a run. Two runs are the same when their hashes are. */
export interface Trace {
  /** A line of the story: what users and faults did, and what was found. */
  say(line: string): void;
  /** Something smaller, which is told only on request: a delivery, a timer, a transaction. */
  step(kind: StepKind, detail: string): void;
  readonly lines: readonly string[];
  readonly steps: number;
  readonly stepsByKind: Readonly<Record<StepKind, number>>;
  /** Of everything so far, details and times included. */
  hash(): string;
}

export interface TraceOptions {
  readonly now: () => number;
  /** Whether `lines` holds the details too. */
  readonly keepsDetails: boolean;
}

const CHUNK_LINES = 256;

export function createTrace({ now, keepsDetails }: TraceOptions): Trace {
  const lines: string[] = [];
  const startMs = now();
  const sha = createHash('sha256');
  const stepsByKind = { delivery: 0, timer: 0, storage: 0, write: 0, view: 0, fault: 0 };
  let steps = 0;
  let unhashed: string[] = [];

  function flush(): void {
    sha.update(`${unhashed.join('\n')}\n`);
    unhashed = [];
  }

  function add(line: string, isKept: boolean): void {
    unhashed.push(line);
    if (unhashed.length >= CHUNK_LINES) flush();
    if (isKept) lines.push(line);
  }

  return {
    say: (line) => add(`${now() - startMs} ms: ${line}`, true),
    step(kind, detail) {
      steps += 1;
      stepsByKind[kind] += 1;
      add(`${now() - startMs} ms:     ${kind}: ${detail}`, keepsDetails);
    },
    lines,
    get steps() {
      return steps;
    },
    stepsByKind,
    hash() {
      flush();
      return sha.copy().digest('hex').slice(0, 16);
    },
  };
}
