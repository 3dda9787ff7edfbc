/** The largest todo that the server of the example takes. */
export const TODO_BYTES = 512;
