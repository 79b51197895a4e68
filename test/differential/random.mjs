// SPDX-License-Identifier: MIT
//
// random.mjs: a seeded source of choices. The same seed makes the same choices on every machine.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number of 32 bits (mulberry32). */
  bits() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to below `count`. */
  below(count) {
    return Math.floor((this.bits() / 4294967296) * count);
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  chance(probability) {
    return this.bits() < probability * 4294967296;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]…`. */
  weighted(choices) {
    let rest = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      if (rest < weight) return value;
      rest -= weight;
    }
  }

  times(count, make) {
    return Array.from({ length: count }, (_, index) => make(index));
  }

  /** The list in another order, or `count` of it. */
  shuffled(list, count = list.length) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy.slice(0, count);
  }
}
