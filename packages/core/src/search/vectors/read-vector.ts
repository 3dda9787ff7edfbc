import { err, isBytes, ok, type Result, type Value } from '../../primitives/index.js';
import { compilePath } from '../../query/index.js';
import type { SearchVectors } from '../search-definition.js';
import { wrongType, type SearchError } from '../search-error.js';

const BYTES_PER_NUMBER = 4;

/** The vector of a record; `null` where it has none that can be compared: what is there is another number of numbers, is not finite, or has no direction. */
export type VectorOf = (key: string, value: Value) => Float32Array | null;

/** Reads vectors as an index of that definition holds them: as numbers of 32 bits. A record has a list of numbers, or the bytes of a `Float32Array`, little-endian. */
export function compileVector(vectors: SearchVectors | null): VectorOf {
  if (vectors === null) return () => null;
  const { dimensions, path } = vectors;
  const read = compilePath(path);
  return (key, value) => {
    const at = read(key, value);
    if (isBytes(at)) return readBytes(at, dimensions);
    if (!Array.isArray(at) || at.length !== dimensions) return null;
    const vector = new Float32Array(dimensions);
    for (let i = 0; i < dimensions; i++) {
      const number: unknown = at[i];
      if (typeof number !== 'number') return null;
      vector[i] = number;
    }
    return hasDirection(vector) ? vector : null;
  };
}

/** The vector that is searched for, as a checked list of numbers. */
export function parseVector(vectors: SearchVectors | null, input: unknown): Result<Float32Array, SearchError> {
  if (vectors === null) return err({ code: 'no-vectors' });
  const { dimensions } = vectors;
  if (!isList(input)) return wrongType('vector', 'a list of numbers');
  if (input.length !== dimensions) return err({ code: 'wrong-dimensions', dimensions, given: input.length });
  if (!Array.from(input).every((number) => typeof number === 'number')) return wrongType('vector', 'a list of numbers');
  const vector = Float32Array.from(input as ArrayLike<number>);
  if (!vector.every(Number.isFinite)) return err({ code: 'not-finite', option: 'vector' });
  return hasDirection(vector) ? ok(vector) : err({ code: 'no-direction', option: 'vector' });
}

/** Its bytes, little-endian on any machine. */
export function vectorBytes(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(vector.length * BYTES_PER_NUMBER);
  const view = new DataView(bytes.buffer);
  vector.forEach((number, i) => view.setFloat32(i * BYTES_PER_NUMBER, number, true));
  return bytes;
}

/** `null` where those are not the bytes of a vector of so many dimensions. */
export function readBytes(bytes: Uint8Array, dimensions: number): Float32Array | null {
  if (bytes.byteLength !== dimensions * BYTES_PER_NUMBER) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) vector[i] = view.getFloat32(i * BYTES_PER_NUMBER, true);
  return hasDirection(vector) ? vector : null;
}

/** The sum of its squares, which no vector of such numbers can make infinite. */
export function squareOf(vector: Float32Array): number {
  let square = 0;
  for (const number of vector) square += number * number;
  return square;
}

/** A sum with anything that is not finite in it is not finite either. */
function hasDirection(vector: Float32Array): boolean {
  const square = squareOf(vector);
  return square > 0 && square < Infinity;
}

function isList(input: unknown): input is ArrayLike<unknown> {
  return Array.isArray(input) || input instanceof Float32Array || input instanceof Float64Array;
}
