#!/usr/bin/env node
import { runServer } from '../dist/main.js';

await runServer(process.argv.slice(2));
