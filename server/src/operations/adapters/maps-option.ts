import { Option } from 'commander';

/** Some maps instead of all. */
export const mapsOption = (): Option =>
  new Option('--map <name>', 'only this map; may be said several times').argParser(
    (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
  );
