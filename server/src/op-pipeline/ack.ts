import { passOn, type Acked, type Applied } from './stages.js';

/** PI-1: what each session is told of its ops, now that they are durable. */
export function ack(commit: Applied): Acked {
  return passOn<'acked', Omit<Acked, symbol>>({
    position: commit.position,
    changes: commit.changes,
    verdicts: commit.frames.flatMap((frame) => frame.verdicts),
  });
}
