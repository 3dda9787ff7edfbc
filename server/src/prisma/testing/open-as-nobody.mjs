// Opens a database as an unprivileged user and prints what came of it. What is imported may be unreadable to that user,
// so it gives up its rights only afterwards.
import { openDatabase } from '../../../dist/prisma/open-database.js';

if (process.getuid() === 0) {
  process.setgid(65534);
  process.setuid(65534);
}
const opened = await openDatabase(process.argv[2]);
process.stdout.write(JSON.stringify(opened.ok ? { ok: true } : opened));
if (opened.ok) await opened.value.close();
