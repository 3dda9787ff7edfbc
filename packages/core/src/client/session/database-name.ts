/** Nobody has signed in. A subject of the same letters has a name of its own. */
export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** CL-10: whose local database it is. */
export type Principal = { readonly kind: 'anonymous' } | { readonly kind: 'subject'; readonly subject: string };

export const subjectPrincipal = (subject: string): Principal => ({ kind: 'subject', subject });

export const principalOf = (subject: string | null): Principal =>
  subject === null ? ANONYMOUS : subjectPrincipal(subject);

export const subjectOf = (principal: Principal): string | null =>
  principal.kind === 'subject' ? principal.subject : null;

export const isSamePrincipal = (a: Principal, b: Principal): boolean => principalName(a) === principalName(b);

/** CL-10: the name of database, locks and channel. `serverUrl` `null`: local only. */
export function databaseName(serverUrl: string | null, principal: Principal): string {
  return `topgun:${serverUrl === null ? 'local' : serverOrigin(serverUrl)}:${principalName(principal)}`;
}

/** The name of what this device remembers of all principals of that server. */
export const notesName = (serverUrl: string | null): string =>
  `topgun:${serverUrl === null ? 'local' : serverOrigin(serverUrl)}:device`;

const principalName = (principal: Principal): string =>
  principal.kind === 'anonymous' ? 'anonymous' : `user:${encodeURIComponent(principal.subject)}`;

/** `ws` and `http` name one server, and so does any path on it. */
function serverOrigin(serverUrl: string): string {
  const url = new URL(serverUrl);
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
  return `${isSecure ? 'https' : 'http'}://${url.host}`;
}
