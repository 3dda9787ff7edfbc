import { describe, expect, it } from 'vitest';

import { APPLICATION_ID, HEADER_BYTES, judgeHeader } from './sqlite-header.js';

/** The header of one of our files: 3 pages of 4096 bytes. */
function header(change: (view: DataView) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  new TextEncoder().encodeInto('SQLite format 3\0', bytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 4096);
  view.setUint32(24, 7);
  view.setUint32(28, 3);
  view.setUint32(92, 7);
  view.setUint32(68, APPLICATION_ID);
  change(view);
  return bytes;
}

const size = 3 * 4096;

describe('the header of a file', () => {
  it('tells a new file, ours, and another application’s', () => {
    expect(judgeHeader(new Uint8Array(), 0, false)).toBe('new');
    expect(judgeHeader(header(), size, false)).toBe('ours');
    expect(
      judgeHeader(
        header((view) => view.setUint32(68, 0)),
        size,
        false,
      ),
    ).toBe('foreign');
    expect(
      judgeHeader(
        header((view) => view.setUint32(68, 0x42424242)),
        size,
        false,
      ),
    ).toBe('foreign');
  });

  it('tells what is no database', () => {
    expect(judgeHeader(new TextEncoder().encode('hello'), 5, false)).toBe('not-a-database');
    expect(
      judgeHeader(
        header((view) => view.setUint8(3, 0)),
        size,
        false,
      ),
    ).toBe('not-a-database');
    for (const pageSize of [0, 256, 4095, 5000]) {
      expect(
        judgeHeader(
          header((view) => view.setUint16(16, pageSize)),
          size,
          false,
        ),
      ).toBe('not-a-database');
    }
  });

  it('misses the end of the file, unless it may lie in the log or was never counted', () => {
    expect(judgeHeader(header(), size - 1, false)).toBe('truncated');
    expect(judgeHeader(header(), 4096, true)).toBe('ours');
    expect(
      judgeHeader(
        header((view) => view.setUint32(92, 6)),
        4096,
        false,
      ),
    ).toBe('ours');
    // A page size of 1 means 65,536.
    const large = header((view) => view.setUint16(16, 1));
    expect(judgeHeader(large, 3 * 65_536, false)).toBe('ours');
    expect(judgeHeader(large, 3 * 65_536 - 1, false)).toBe('truncated');
  });
});
