import ipaddr from 'ipaddr.js';

/** Addresses of IPv6 that one subscriber has: all that begin with these bits. */
const IPV6_BITS = 64;

/**
 * AB-5: whose budget a connection takes from: an IPv4 address, or the /64 that an IPv6 address is in; `null`: nobody knows. `forwardedFor`, the header
 * `X-Forwarded-For`, is what clients say of themselves, but for the entries that one's own `proxies` have added at its end: so many are taken to be there. Pure.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  proxies: number,
): string | null {
  const passed = (forwardedFor ?? '').split(',').map((entry) => entry.trim());
  const hops = [...passed.filter((entry) => entry !== ''), remote ?? ''];
  // With fewer entries than proxies it has not come through all of them; the farthest is the best there is.
  const said = hops[Math.max(0, hops.length - 1 - proxies)]!;
  return normalized(said) ?? (remote === undefined ? null : normalized(remote));
}

function normalized(said: string): string | null {
  const text = withoutPort(said);
  if (!ipaddr.isValid(text)) return null;
  // IPv4 within IPv6 is IPv4.
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4') return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${withoutZone(address.toString())}/${IPV6_BITS}`).toString()}/${IPV6_BITS}`;
}

/** Some proxies add the port. */
function withoutPort(said: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(said);
  if (bracketed !== null) return bracketed[1]!;
  return /^[\d.]+:\d+$/.test(said) ? said.slice(0, said.indexOf(':')) : said;
}

const withoutZone = (address: string): string => address.replace(/%.*$/, '');
