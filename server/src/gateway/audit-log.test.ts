import { expect, test } from 'vitest';
import { createAuditLog, type AuditLine } from './audit-log.js';

test('AB-7: everything is counted, and of one kind and one user a hundred lines are written, then one a second', () => {
  const lines: AuditLine[] = [];
  const clock = { at: 1_700_000_000_000 };
  const log = createAuditLog((line) => lines.push(line), { now: () => clock.at });
  for (let i = 0; i < 1_000; i += 1)
    log.note({ event: 'connection-ended', code: 'malformed', principal: 'eve', address: '1.1.1.1' });
  expect(lines).toHaveLength(100);
  log.note({ event: 'connection-opened', principal: 'eve', address: '1.1.1.1' });
  log.note({ event: 'connection-ended', code: 'malformed', principal: 'ann', address: '1.1.1.1' });
  expect(lines.slice(100)).toEqual([
    { event: 'connection-opened', principal: 'eve', address: '1.1.1.1', leftOut: 900 },
    { event: 'connection-ended', code: 'malformed', principal: 'ann', address: '1.1.1.1' },
  ]);
  clock.at += 1_000;
  // Another address is no other user.
  for (const address of ['2.2.2.2', '3.3.3.3'])
    log.note({ event: 'connection-ended', code: 'malformed', principal: 'eve', address });
  expect(lines).toHaveLength(103);
  expect(log.counts()).toEqual({ 'connection-ended': 1_003, 'connection-opened': 1 });
});
