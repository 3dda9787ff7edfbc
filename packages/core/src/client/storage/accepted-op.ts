import { opToRecord, type LwwRecord, type Op } from '../../crdt/index.js';

/**
 * An op that the server has accepted, as a change of base: a merge like any other. Storage that has records at hand applies the op itself, and the small record that says
 * the same is made for whoever stores that.
 */
export class AcceptedOp {
  readonly type = 'merge';
  readonly op: Op;

  constructor(op: Op) {
    this.op = op;
  }

  get key(): string {
    return this.op.key;
  }

  get delta(): LwwRecord {
    return opToRecord(this.op);
  }
}
