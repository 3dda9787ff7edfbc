import { expect, it } from 'vitest';

import { isRefusal } from './postgres-error.js';

const said = (code: string, severity = 'ERROR'): Error => Object.assign(new Error('…'), { code, severity });

it.each(['23514', '53100', '53200', '57014', '40001', '40P01', '42501', '25006', '55P03'])(
  'PI-2: after the error %s nothing is written',
  (code) => expect(isRefusal(said(code))).toBe(true),
);

it.each([
  ['the connection was ended', said('57P01', 'FATAL')],
  ['the server crashed', said('57P02', 'FATAL')],
  ['the disk was full while the log was written', said('53100', 'PANIC')],
  ['the language is another', said('23514', 'FEHLER')],
  ['the connection failed', said('08006')],
  ['completion is unknown', said('40003')],
  ['shutdown was told as an error', said('57P01')],
  ['the disk failed', said('58030')],
  ['the server is at fault', said('XX000')],
  ['the socket broke', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['the driver spoke', new Error('Connection terminated unexpectedly')],
  ['anything was thrown', 'nothing known'],
])('PI-2: when %s the outcome is unknown', (_what, error) => {
  expect(isRefusal(error)).toBe(false);
});
