/** Why an operation was not done, in a sentence for whoever asked for it. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
}
