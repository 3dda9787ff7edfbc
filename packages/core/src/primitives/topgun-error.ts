/**
 * The documented errors that the public API throws: misuse that the caller can see at the call. Expected outcomes of a
 * correct call are values instead.
 */
export class TopGunError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TopGunError';
    this.code = code;
  }
}
