// So many clients, each of which keeps so many writes under way and begins another whenever one is acked.

/** Writes that each client has under way. */
export const UNDER_WAY = 16;

/**
 * @param {readonly ((n: number) => Promise<void>)[]} writers of each client: writes record `n` and resolves when it is durable
 * @param {number} ms how long new writes begin
 * @returns {Promise<{ opsPerS: number, waits: number[] }>} over the time until the last ack; each write's time to its ack in ms
 */
export async function runClosedLoop(writers, ms) {
  const startedAt = performance.now();
  const until = startedAt + ms;
  const waits = [];
  const lane = async (write) => {
    while (performance.now() < until) {
      const sentAt = performance.now();
      await write((written += 1));
      waits.push(performance.now() - sentAt);
    }
  };
  await Promise.all(writers.flatMap((write) => Array.from({ length: UNDER_WAY }, () => lane(write))));
  return { opsPerS: (waits.length / (performance.now() - startedAt)) * 1000, waits };
}

/** Each write says something new: one that changes nothing is none. */
let written = 0;

/** @param {number} n */
export const keyOf = (n) => `r${n % 10_000}`;

/** @param {number} n */
export const recordOf = (n) => ({
  text: `what is written down as number ${n}`,
  n,
  done: n % 2 === 0,
  list: `l${n % 50}`,
});
