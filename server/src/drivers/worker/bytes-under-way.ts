import { MAX_ALL_WAITING_BYTES, MAX_WAITING_BYTES } from '../../op-pipeline/waiting-bytes.js';
import type { HostCommand, SessionId } from '../../ports/partition-host.js';

/**
 * PI-35: what has been sent to a host's thread and not been taken there, of each session and of all: while the thread is busy nobody else
 * counts it. The bounds are those of what waits in the host itself (PI-2).
 */
export class BytesUnderWay {
  readonly #bySession = new Map<SessionId, number>();
  readonly #sent: HostCommand[] = [];
  #bytes = 0;

  /** Commands that were sent and not taken. */
  get commands(): number {
    return this.#sent.length;
  }

  /** Whether so many more may be sent. */
  hasRoomFor(command: HostCommand): boolean {
    const bytes = bytesOf(command);
    if (bytes === 0) return true;
    const own = this.#bySession.get(command.session) ?? 0;
    return own + bytes <= MAX_WAITING_BYTES && this.#bytes + bytes <= MAX_ALL_WAITING_BYTES;
  }

  /** It is sent: counted from here on. */
  add(command: HostCommand): void {
    const bytes = bytesOf(command);
    this.#sent.push(command);
    this.#bytes += bytes;
    if (bytes > 0) this.#bySession.set(command.session, (this.#bySession.get(command.session) ?? 0) + bytes);
  }

  /** So many were taken, the oldest. */
  taken(commands: number): void {
    for (const command of this.#sent.splice(0, commands)) {
      const bytes = bytesOf(command);
      this.#bytes -= bytes;
      if (bytes === 0) continue;
      const left = (this.#bySession.get(command.session) ?? 0) - bytes;
      if (left > 0) this.#bySession.set(command.session, left);
      else this.#bySession.delete(command.session);
    }
  }

  /** Nothing is under way any more. */
  clear(): void {
    this.#bySession.clear();
    this.#sent.length = 0;
    this.#bytes = 0;
  }
}

/** What clients send at any size; everything else is small. */
export const bytesOf = (command: HostCommand): number =>
  command.type === 'submit' || command.type === 'call' ? command.bytes : 0;
