// What every suite takes on the command line.

import { parseArgs } from 'node:util';

/** @returns {{ json: string | undefined, isQuick: boolean, only: string[] | undefined }} */
export function readArguments() {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  return { json: values.json, isQuick: values.quick, only: values.only?.split(',') };
}
