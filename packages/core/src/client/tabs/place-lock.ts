/** What the names of the locks begin with that say of a database's tabs which place each has (CR-2). A tab holds one before it reads anything. */
export const placeLocks = (name: string): string => `${name}:place:`;
