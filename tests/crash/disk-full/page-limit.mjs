// Loaded before a server by a test: its database has at most as many pages as a file says, looked up before each write.
import { register } from 'node:module';

register(new URL('./page-limit-hook.mjs', import.meta.url));
