import { isMapName, TopGunError } from '../primitives/index.js';

/** @throws TopGunError `map-name` */
export function checkedMapName<K extends string>(name: K): K {
  if (isMapName(name)) return name;
  throw new TopGunError('map-name', `${JSON.stringify(name)} is no map name: 1 to 128 of A–Z a–z 0–9 _ - . : /`);
}
