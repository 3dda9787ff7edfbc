/**
 * CL-6: the connection of a client, as a table that is total by type: a new state or event does not compile until every
 * cell is decided. Pure; the driver is `connection.ts`.
 *
 * - `offline`: not connected and not trying: before the start, paused, or given up after `maxRetries`
 * - `authenticating`: asking the app for its token
 * - `connecting`: hello sent, welcome not yet seen
 * - `reconciling`: welcomed; first answers and the ops left from before are still on their way
 * - `live`: caught up
 * - `backing-off`: lost or refused; waiting for the next attempt
 * - `needs-auth`: the server wants another token; writes are kept
 * - `incompatible`: the server does not speak this client's protocol: only a reload with a newer client, or an explicit
 *   `connect`, helps
 * - `closed`: the client was closed; the end
 */
export type ConnectionState =
  | 'offline'
  | 'authenticating'
  | 'connecting'
  | 'reconciling'
  | 'live'
  | 'backing-off'
  | 'needs-auth'
  | 'incompatible'
  | 'closed';
