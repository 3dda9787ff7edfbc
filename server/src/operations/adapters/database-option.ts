import { Option } from 'commander';
import { DEFAULT_DATABASE } from '../../config.js';

/** The same option, variable and default as the server's own. */
export const databaseOption = (): Option =>
  new Option('--database <url>', 'file:… is a SQLite file; postgresql://… a PostgreSQL database')
    .env('TOPGUN_DATABASE')
    .default(DEFAULT_DATABASE);
