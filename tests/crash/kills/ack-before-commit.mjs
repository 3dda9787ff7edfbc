// Loaded before a server by a test: its ledger says `committed` at once and appends later. What the test is there to find.
import { register } from 'node:module';

register(new URL('./ack-before-commit-hook.mjs', import.meta.url));
