import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.js';

describe('AB-5: where a connection comes from', () => {
  test.each([
    ['1.2.3.4', undefined, 0, '1.2.3.4'],
    ['::ffff:1.2.3.4', undefined, 0, '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', undefined, 0, '2001:db8:1:2::/64'],
    ['fe80::1%eth0', undefined, 0, 'fe80::/64'],
    [undefined, undefined, 0, null],
    // A header is worth nothing where no proxy is known to write it.
    ['1.2.3.4', '9.9.9.9', 0, '1.2.3.4'],
    ['10.0.0.1', '9.9.9.9', 1, '9.9.9.9'],
    ['10.0.0.1', '6.6.6.6, 9.9.9.9', 1, '9.9.9.9'],
    ['10.0.0.1', '6.6.6.6, 9.9.9.9, 10.0.0.2', 2, '9.9.9.9'],
    ['10.0.0.1', '9.9.9.9:5123', 1, '9.9.9.9'],
    ['10.0.0.1', '[2001:db8:1:2::9]:443', 1, '2001:db8:1:2::/64'],
    ['10.0.0.1', undefined, 1, '10.0.0.1'],
    ['10.0.0.1', '9.9.9.9', 3, '9.9.9.9'],
    ['10.0.0.1', 'unknown', 1, '10.0.0.1'],
    ['10.0.0.1', ',, ,', 1, '10.0.0.1'],
  ])('%s, by way of %s, with %i proxies: %s', (remote, forwardedFor, proxies, address) => {
    expect(clientAddress(remote, forwardedFor, proxies)).toBe(address);
  });

  test('whatever a client says of itself, what its proxies have added decides', () => {
    const entries = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 4 });
    fc.assert(
      fc.property(entries, fc.ipV4(), fc.ipV4(), (said, client, proxy) => {
        const before = said.join(', ');
        expect(clientAddress(proxy, before === '' ? client : `${before}, ${client}`, 1)).toBe(client);
      }),
    );
  });
});
