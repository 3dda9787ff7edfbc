/**
 * PostgreSQL's text holds every character but U+0000, which a key may have. It is written as U+0001 U+0001, and U+0001 itself
 * as U+0001 U+0002: so texts stay different and keep their order, and those without either are as they were.
 */
export function toPostgresText(text: string): string {
  return text.replaceAll(ONE, ESCAPED_ONE).replaceAll(NUL, ESCAPED_NUL);
}

/** What `toPostgresText` was given. NUL first: read from the left, no pair can then be taken for the end of one and the start of another. */
export function fromPostgresText(text: string): string {
  return text.replaceAll(ESCAPED_NUL, NUL).replaceAll(ESCAPED_ONE, ONE);
}

const NUL = '\0';
const ONE = '\u0001';
const ESCAPED_NUL = '\u0001\u0001';
const ESCAPED_ONE = '\u0001\u0002';
