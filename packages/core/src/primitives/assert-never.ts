/** Closes a `switch` over a union: adding a member to the union makes this call fail to compile. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
