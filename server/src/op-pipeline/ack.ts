import { passOn, type Acked, type Applied } from './stages.js';

/** PI-1: what each session is told of its ops, now that they are durable. It may send as many more (CL-5). */
export function ack(commit: Applied): Acked {
  for (const { session, verdicts } of commit.frames) {
    for (const { replica, accepted, rejected } of verdicts) {
      const undecided = session.undecided.get(replica) ?? 0;
      session.undecided.set(replica, undecided - accepted.length - rejected.length);
    }
  }
  return passOn<'acked', Omit<Acked, symbol>>({
    position: commit.position,
    changes: commit.changes,
    verdicts: commit.frames.flatMap((frame) => frame.verdicts),
  });
}
