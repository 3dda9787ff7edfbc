/** Why a database cannot be used. `message` is one sentence for whoever starts the server; the database has not been touched. */
export interface DatabaseError {
  readonly code:
    /** The URL is none that this build can open. */
    | 'unsupported-url'
    /** Nobody answers there, or nobody who speaks as the database does. */
    | 'unreachable'
    /** The user or the password is wrong. */
    | 'denied'
    /** The database does not exist, and is not made by a server that starts. */
    | 'no-database'
    /** The folder that shall hold the file does not exist. */
    | 'no-directory'
    /** Something that is not a file is there. */
    | 'not-a-file'
    /** It cannot be read and written by this user. */
    | 'not-writable'
    /** Its disk has no room left. */
    | 'full'
    /** Not a SQLite database, or a damaged one. */
    | 'corrupt'
    /** A database that TopGun did not create. */
    | 'foreign'
    /** A newer TopGun has migrated it. */
    | 'newer-schema'
    /** An older TopGun has left it so, and who only reads does not migrate. */
    | 'older-schema'
    /** A migration that was applied reads differently now, or was left half-way by another tool. */
    | 'migration-mismatch'
    /** Another process holds it locked, or too many use it. */
    | 'busy'
    /** Anything else that the database or the file system said. */
    | 'failed';
  readonly message: string;
}
