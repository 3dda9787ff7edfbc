// Compared things take turns in short pieces, so that what disturbs the machine disturbs all of them.

/**
 * Runs `rounds` rounds; in each, every subject has one turn, and who begins moves on by one from round to round.
 *
 * @template T
 * @param {readonly T[]} subjects
 * @param {number} rounds
 * @param {(subject: T, round: number) => Promise<void>} turn
 */
export async function interleave(subjects, rounds, turn) {
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < subjects.length; i += 1) await turn(subjects[(round + i) % subjects.length], round);
  }
}
