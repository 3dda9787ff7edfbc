import { expect, it } from 'vitest';

import { postgresTroubleOf } from './postgres-trouble.js';

const said = (code: string, severity = 'ERROR'): Error => Object.assign(new Error('…'), { code, severity });

it.each([
  ['53100', 'full'],
  ['25006', 'read-only'],
  ['55P03', 'locked'],
  ['57014', 'locked'],
  ['40P01', 'locked'],
  ['23514', null],
  ['53200', null],
  ['42501', null],
])('PI-23: PostgreSQL’s %s is %s', (code, trouble) => expect(postgresTroubleOf(said(code))).toBe(trouble));

it('PI-23: where the outcome is unknown nothing is tried again before it is known', () => {
  expect(postgresTroubleOf(said('53100', 'PANIC'))).toBe(null);
  expect(postgresTroubleOf(Object.assign(new Error('…'), { code: 'ECONNRESET' }))).toBe(null);
});
