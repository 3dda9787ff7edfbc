/** PI-51: which of so many hosts has a partition. */
export const memberOf = (partition: number, members: number): number => partition % members;
