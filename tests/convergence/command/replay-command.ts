/** What runs a seed again as it was run among many: with as many hosts. Rules come with the seed. Pure. */
export const replayCommand = (seed: number, { hosts }: { readonly hosts: number }): string =>
  `npm run sim -- --seed ${seed}${hosts === 1 ? '' : ` --hosts ${hosts}`}`;
