// SPDX-License-Identifier: MIT
//
// later.ts: a turn of the event loop without the delay of timers.

/** Calls back in a later task, after messages that have come meanwhile. */
export function messageLater(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const callbacks: (() => void)[] = [];
  port1.onmessage = () => callbacks.shift()?.();
  return (callback) => {
    callbacks.push(callback);
    port2.postMessage(null);
  };
}
