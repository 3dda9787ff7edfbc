import { canonicalJson } from '../primitives/canonical-json.js';
import type { SetOp } from './set-op.arbitrary.js';

/**
 * CR-6 as a definition: a value is in the set when one of its adds is there whose tag no op names, and which its replica has not followed
 * by another: an add that is there, or that somebody has seen, since a tag says who gave it. Shares no code with the registers
 * it judges.
 */
export function modelSet(ops: readonly SetOp[]): readonly string[] {
  const named = ops.flatMap(({ value, tags }) => tags.map((tag) => ({ text: canonicalJson(value), tag })));
  const given = ops
    .filter(({ kind }) => kind === 'add')
    .map(({ value, stamp }) => ({ text: canonicalJson(value), tag: stamp }));
  const live = given.filter(({ text, tag }) => {
    const isOfText = (other: { readonly text: string }): boolean => other.text === text;
    if (named.filter(isOfText).some((other) => other.tag === tag)) return false;
    const [time, by] = [tag.slice(0, 11), tag.slice(11)];
    return ![...given, ...named].filter(isOfText).some((o) => o.tag.slice(11) === by && o.tag.slice(0, 11) > time);
  });
  return [...new Set(live.map(({ text }) => text))].sort();
}
