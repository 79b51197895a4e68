// SPDX-License-Identifier: MIT
//
// signal.ts: a value that others follow.
export class Signal<T> {
  private readonly followers = new Set<(value: T) => unknown>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set value(value: T) {
    this.current = value;
    for (const follower of [...this.followers]) follower(value);
  }

  /** Calls back now and whenever the value is set; the result ends it. */
  follow(follower: (value: T) => unknown): () => void {
    this.followers.add(follower);
    follower(this.current);
    return () => void this.followers.delete(follower);
  }
}
