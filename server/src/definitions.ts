import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ServerOptions } from './config.js';
import { StartError } from './start-error.js';

/** The options that are code, or may hold some: a worker thread cannot be given them, it imports them itself. */
export const DEFINITION_NAMES = ['rules', 'resolvers', 'hooks', 'procedures', 'schema', 'search'] as const;

/** What a definitions module exports. */
export type Definitions = Pick<ServerOptions, (typeof DEFINITION_NAMES)[number]>;

/** Where the module lies, as a URL that every thread resolves to the same. */
export function definitionsUrl(definitions: string | URL): string {
  if (definitions instanceof URL) return definitions.href;
  return definitions.startsWith('file:') ? definitions : pathToFileURL(resolve(definitions)).href;
}

/** PI-37: imports the module. Throws a `StartError` when it cannot, or does not export what it is named for. */
export async function importDefinitions(url: string): Promise<Definitions> {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  let module: object;
  try {
    module = await import(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError('definitions', `The definitions of ${file} cannot be loaded: ${reason}.`, { cause: error });
  }
  if (isDefinitions(module)) return picked(module);
  const names = `${DEFINITION_NAMES.slice(0, -1).join(', ')} or ${DEFINITION_NAMES.at(-1)}`;
  throw new StartError('definitions', `${file} exports none of ${names}, or one that is no object.`);
}

/** What each of them holds is judged with the other options. */
function isDefinitions(module: object): module is Definitions {
  const exported: unknown[] = DEFINITION_NAMES.map((name) => Reflect.get(module, name)).filter(
    (value) => value !== undefined,
  );
  return exported.length > 0 && exported.every((value) => typeof value === 'object' && value !== null);
}

function picked({ rules, resolvers, hooks, procedures, schema, search }: Definitions): Definitions {
  return {
    ...(rules === undefined ? {} : { rules }),
    ...(resolvers === undefined ? {} : { resolvers }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(procedures === undefined ? {} : { procedures }),
    ...(schema === undefined ? {} : { schema }),
    ...(search === undefined ? {} : { search }),
  };
}

/** PI-37: the options with what their definitions module exports. What is said twice is said by whom? So it is refused. */
export async function withDefinitions(options: ServerOptions): Promise<ServerOptions> {
  const given = DEFINITION_NAMES.filter((name) => options[name] !== undefined);
  if (options.definitions === undefined) {
    const [first] = given;
    if (first === undefined || (options.workers ?? 0) === 0) return options;
    throw new StartError(
      'definitions',
      `The option ${first} cannot be given to a worker thread: export it from a module, and say in definitions where that is.`,
    );
  }
  const defined = await importDefinitions(definitionsUrl(options.definitions));
  const twice = given.find((name) => defined[name] !== undefined || (options.workers ?? 0) > 0);
  if (twice === undefined) return { ...options, ...defined };
  throw new StartError('definitions', `The option ${twice} is said beside definitions: say it in that module alone.`);
}
