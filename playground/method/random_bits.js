/** Random bits by counting, as in the library: a draw depends on seed, step and position, and on nothing before. */

/** @typedef {[number, number]} Seed 64 random bits as two 32-bit words, the seed of everything drawn in one run. */

const GOLDEN = 0x9e3779b9; // 2**32 over the golden ratio, odd: its multiples are spread evenly over the 32-bit words

/**
 * A bijection of the 32-bit words in which every bit of the input moves every bit of the output.
 * @param {number} word
 */
export function mix(word) {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * The seed of one of the things that chance decides, from the number that a reader chooses.
 * @param {number} number
 * @param {number} purpose another for each thing
 * @returns {Seed}
 */
export function seedWords(number, purpose) {
  const word = mix(mix(number) + Math.imul(purpose, GOLDEN));
  return [word, mix(word + GOLDEN)];
}

/**
 * `count` words for one step. Streams of the same step (inputs, labels, mirror noise) are independent of each other.
 * @param {Seed} seed
 * @param {number} step
 * @param {number} count
 * @param {number} stream
 */
export function bits(seed, step, count, stream = 0) {
  const start = mix((seed[0] + step) | 0);
  const salt = mix((mix(seed[1] ^ start) + Math.imul(stream, GOLDEN)) | 0);
  const words = new Uint32Array(count);
  for (let position = 0; position < count; position++) words[position] = mix(mix((position + start) | 0) ^ salt);
  return words;
}

/**
 * Where a random order of `length` things, a new one every epoch, has the positions `from` to `to`: a Feistel cipher on
 * pairs (a, b) with a * side + b the position, walked again for the few results that are not below `length`.
 * @param {Seed} seed @param {number} epoch @param {number} length @param {number} from @param {number} to
 */
export function shuffled(seed, epoch, length, from, to) {
  const side = Math.floor(Math.sqrt(length - 1)) + 1;
  const roundKeys = bits(seed, epoch, 6);
  return Uint32Array.from({ length: Math.min(to, length) - from }, (_, number) => {
    let place = from + number;
    do {
      let [a, b] = [Math.floor(place / side), place % side];
      for (const key of roundKeys) [a, b] = [b, ((a + mix(b ^ key)) >>> 0) % side];
      place = a * side + b;
    } while (place >= length);
    return place;
  });
}
