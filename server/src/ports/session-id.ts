/** Names one live connection at the gateway. */
export type SessionId = string;
