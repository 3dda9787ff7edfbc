export interface Manifest {
  readonly [field: string]: unknown;
}

export interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** Every dependency is one exact version, so that a clone is the same tomorrow. Peers are ranges: the app decides. */
export function exactVersions(path: string, manifest: Manifest): string[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'].flatMap((field) =>
    Object.entries((manifest[field] ?? {}) as Record<string, unknown>)
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(String(version)))
      .map(([name, version]) => `${path}: ${field} has ${name} at "${String(version)}", not at an exact version`),
  );
}

/** The lock names no registry: another mirror, or none, must do as well. */
export function registryAddresses(path: string, lock: Lock): string[] {
  return Object.entries(lock.packages)
    .filter(([, { resolved }]) => resolved !== undefined && /^(https?|git|ssh)/.test(resolved))
    .map(([location, { resolved }]) => `${path}: ${location} is resolved to ${resolved ?? ''}`);
}

/**
 * Every optional dependency (the binaries of each platform) has an entry of its own. npm writes a lock without those it could
 * not fetch, and then refuses it in `npm ci`, on other platforms too.
 */
export function missingOptional(path: string, lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([location, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !reachable(location, name).some((candidate) => candidate in lock.packages))
      .map((name) => `${path}: ${name}, an optional dependency of ${location || 'the project'}, has no entry`),
  );
}

/** Where Node looks for a package from a folder: its own node_modules, then those above. */
function reachable(location: string, name: string): string[] {
  const places: string[] = [];
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    places.push(folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`);
    if (folder === '') return places;
  }
}
