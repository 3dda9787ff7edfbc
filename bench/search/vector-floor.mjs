// The least that has to be done: one loop over one array of numbers, and the best ten.

export function create(dimensions) {
  let numbers = new Float32Array(dimensions * 1_024);
  const keys = [];
  const places = new Map();
  return {
    put(key, at) {
      let place = places.get(key);
      if (place === undefined) {
        place = keys.push(key) - 1;
        places.set(key, place);
        if ((place + 1) * dimensions > numbers.length) {
          const more = new Float32Array(numbers.length * 2);
          more.set(numbers);
          numbers = more;
        }
      }
      const length = Math.hypot(...at);
      for (let i = 0; i < dimensions; i += 1) numbers[place * dimensions + i] = at[i] / length;
    },
    nearest(vector, limit) {
      const best = [];
      for (let place = 0; place < keys.length; place += 1) {
        const start = place * dimensions;
        let product = 0;
        for (let i = 0; i < dimensions; i += 1) product += vector[i] * numbers[start + i];
        if (best.length === limit && product <= best[limit - 1].product) continue;
        let at = best.length;
        while (at > 0 && best[at - 1].product < product) at -= 1;
        best.splice(at, 0, { place, product });
        if (best.length > limit) best.pop();
      }
      return best.map(({ place }) => keys[place]);
    },
  };
}
