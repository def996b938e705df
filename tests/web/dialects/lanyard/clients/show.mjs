// Runs one published client: node --import ./browser.mjs show.mjs WAY ID
// Each document that the client shows is a line of JSON on standard output. A line on standard input asks those that
// do not hear of changes by themselves to look again.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { createElement, useEffect } from "react";
import { create } from "react-test-renderer";

const require = createRequire(import.meta.url);
const server = new URL(process.env.SERVER);
const tell = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

// A component that shows what a hook returns; `read` takes the document out of that, undefined while there is none.
function mount(hook, read = (returned) => returned) {
  let returned;
  function Shown() {
    returned = hook();
    const document = read(returned);
    useEffect(() => {
      if (document !== undefined) tell(document);
    }, [document]);
    return null;
  }
  create(createElement(Shown));
  return () => returned;
}

const ways = {
  async "use-lanyard socket"(id) {
    const { useLanyardWS } = await import("use-lanyard");
    mount(() => useLanyardWS(id, { api: { hostname: server.host, secure: false } }));
  },

  async "use-lanyard rest"(id) {
    const { useLanyard } = await import("use-lanyard");
    const api = { hostname: server.host, secure: false };
    const returned = mount(() => useLanyard(id, { api }), (state) => state.data);
    return () => returned().revalidate();
  },

  "react-use-lanyard socket"(id) {
    const { useLanyard } = require("react-use-lanyard");
    mount(() => useLanyard({ userId: id, socket: true }), (state) => state.status);
  },

  "react-use-lanyard rest"(id) {
    const { useLanyard } = require("react-use-lanyard");
    const returned = mount(() => useLanyard({ userId: id }), (state) => state.data?.data);
    return () => returned().mutate();
  },

  async "sk-lanyard socket"(id) {
    const { useLanyard } = await import("sk-lanyard");
    useLanyard({ method: "ws", id, wsUrl: `ws://${server.host}/socket` }).subscribe(shown);
  },

  async "sk-lanyard rest"(id) {
    const { useLanyard } = await import("sk-lanyard");
    useLanyard({ method: "rest", id, restUrl: `${server.origin}/v1`, pollInterval: 100 }).subscribe(shown);
  },

  async "lanyard-wrapper socket"(id) {
    await require("lanyard-wrapper").connectWebSocket(id, tell);
  },

  async "lanyard-wrapper rest"(id) {
    const look = async () => tell(await require("lanyard-wrapper").fetchUserData(id));
    await look();
    return look;
  },
};

function shown(document) {
  if (document !== undefined) tell(document);
}

const [way, id] = process.argv.slice(2);
const again = await ways[way](id);
createInterface({ input: process.stdin }).on("line", () => again?.()).on("close", () => process.exit());
