// What a browser has and Node may not, and the one address that some clients have built in led to our server instead.
// Loaded before any client (node --import), so that the clients themselves stay as they were published.

import WebSocket from "ws";

const BUILT_IN = "api.lanyard.rest";
const server = new URL(process.env.SERVER);
const plainFetch = globalThis.fetch;

function led(address) {
  const url = new URL(address);
  if (url.hostname !== BUILT_IN) return address;
  url.protocol = url.protocol === "wss:" ? "ws:" : "http:";
  url.host = server.host;
  return url.href;
}

globalThis.window = globalThis;
globalThis.fetch = (asked, options) => plainFetch(typeof asked === "string" ? led(asked) : asked, options);
globalThis.WebSocket = class extends WebSocket {
  constructor(address, protocols) {
    // As in a browser, each event is a task of its own: promises that one has kept are heard before the next comes.
    super(led(address), protocols, { allowSynchronousEvents: false });
  }
};
