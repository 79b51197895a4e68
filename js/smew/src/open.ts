// SPDX-License-Identifier: MIT
//
// open.ts: opening by path, the same for every platform: which engine serves a path, shared by all who open it, and ended
// with the last of them.
import { Connection, Database } from "./client.js";
import type { OpenOptions } from "./client.js";
import { smewError } from "./error.js";
import { checkedOptions, engineOptions, orAborted } from "./options.js";
import type { Channel, ToClient, ToEngine } from "./protocol.js";

/** Starts an engine; a new worker, or one in this thread. */
export type StartEngine = (options: OpenOptions) => Channel<ToClient, ToEngine>;

interface Shared {
  connection: Connection;
  opened: Promise<number>;
  users: number;
  ended: Promise<void> | undefined;
}

/** Every other path than ":memory:" is shared within the page or process. */
export class Opener {
  private readonly shared = new Map<string, Shared>();

  constructor(
    private readonly start: StartEngine,
    private readonly canonical: (path: string) => string,
  ) {}

  open = async (address: string | URL, given?: OpenOptions): Promise<Database> => {
    if (typeof address !== "string" && !(address instanceof URL)) {
      throw smewError("INVALID_INPUT", `a database is opened by its path, not by ${address === null ? "null" : typeof address}`);
    }
    const options = checkedOptions<OpenOptions>(given);
    const { signal } = options;
    signal?.throwIfAborted();
    const path = String(address);
    const key = this.canonical(path);
    const settings = engineOptions(options);
    for (;;) {
      const found = key === ":memory:" ? undefined : this.shared.get(key);
      if (!found?.ended) {
        const shared = found ?? this.launch(key, options, settings);
        shared.users++;
        return orAborted(this.join(shared, key, path, found !== undefined), signal, (late) => late.close());
      }
      await orAborted(found.ended.catch(() => {}), signal); // its closer has seen the failure
    }
  };

  private launch(key: string, options: OpenOptions, settings: ReturnType<typeof engineOptions>): Shared {
    const connection = new Connection(this.start(options));
    const opened = connection
      .call<{ session: number }>(0, { method: "open", path: key, options: settings })
      .then(({ session }) => session);
    const shared: Shared = { connection, opened, users: 0, ended: undefined };
    if (key !== ":memory:") this.shared.set(key, shared);
    opened.catch(() => {
      connection.end();
      if (this.shared.get(key) === shared) this.shared.delete(key);
    });
    return shared;
  }

  private async join(shared: Shared, key: string, path: string, isSecond: boolean): Promise<Database> {
    const { connection } = shared;
    const first = await shared.opened;
    const session = isSecond ? await connection.call<number>(0, { method: "connect" }) : first;
    let isOpen = true;
    return new Database(connection, session, path, async (how) => {
      if (!isOpen) return;
      isOpen = false;
      shared.users--;
      if (how === "close" && shared.users > 0) {
        await connection.call(session, { method: "disconnect" });
        return;
      }
      shared.ended = connection.call<void>(0, { method: how }).finally(() => {
        connection.end();
        if (this.shared.get(key) === shared) this.shared.delete(key);
      });
      await shared.ended;
    });
  }
}

/** Two channel ends in one thread; messages arrive in later tasks, as from a worker. */
export function localChannels(): [Channel<ToClient, ToEngine>, Channel<ToEngine, ToClient>] {
  let toClient = (_: ToClient): void => {};
  let toEngine = (_: ToEngine): void => {};
  const client: Channel<ToClient, ToEngine> = {
    post: (message) => queueMicrotask(() => toEngine(message)),
    listen: (receive) => void (toClient = receive),
    close: () => void (toClient = () => {}),
  };
  const engine: Channel<ToEngine, ToClient> = {
    post: (message) => queueMicrotask(() => toClient(message)),
    listen: (receive) => void (toEngine = receive),
    close: () => {},
  };
  return [client, engine];
}
