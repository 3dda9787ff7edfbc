import type * as z from 'zod/mini';

/** What a schema found wrong, as a sentence that can be shown. It repeats nothing of the input. */
export function issueText(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return issue.expected === 'nonoptional' ? 'something is missing here' : `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `expected at least ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}`;
    case 'invalid_format':
      return `expected text of the form ${issue.pattern ?? issue.format}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? 'none of the forms expected here' : 'a message of no known type';
    default:
      return 'not understood';
  }
}
