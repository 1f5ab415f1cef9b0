/** Matrices as rows one after the other in a Float32Array, and the one product from which all others are made. */

/**
 * A B': every row of A (rows x length) times every row of B (columns x length). Four sums run side by side, so that a
 * number of A is read once for all of them.
 * @param {Float32Array} a @param {Float32Array} b
 * @param {number} rows @param {number} columns @param {number} length
 */
export function timesRows(a, b, rows, columns, length) {
  const product = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = row * length;
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const start = column * length;
      let [first, second, third, fourth] = [0, 0, 0, 0];
      for (let i = 0; i < length; i++) {
        const factor = a[from + i];
        const place = start + i;
        first += factor * b[place];
        second += factor * b[place + length];
        third += factor * b[place + 2 * length];
        fourth += factor * b[place + 3 * length];
      }
      product.set([first, second, third, fourth], row * columns + column);
    }
    for (; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += a[from + i] * b[column * length + i];
      product[row * columns + column] = sum;
    }
  }
  return product;
}

/** @param {Float32Array} a @param {number} rows @param {number} columns */
export function transposed(a, rows, columns) {
  const turned = new Float32Array(a.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = a[row * columns + column];
  return turned;
}
