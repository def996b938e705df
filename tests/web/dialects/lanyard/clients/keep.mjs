// Runs one published client's writers: node --import ./browser.mjs keep.mjs CLIENT ID with the key in KEY.
// After each write a line of JSON says what is kept by then, as the same client (or a plain request) reads it.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const server = new URL(process.env.SERVER);
const apiKey = process.env.KEY;
const [client, userId] = process.argv.slice(2);
const tell = (kept) => process.stdout.write(`${JSON.stringify(kept)}\n`);

const writers = {
  async "react-use-lanyard"() {
    const { set, del } = require("react-use-lanyard");
    const kept = async () => (await (await fetch(`${server.origin}/v1/users/${userId}`)).json()).data.kv;
    const written = await set({ apiKey, userId, key: "mood", value: "fine & dandy" });
    tell([written.status, await kept()]);
    tell([(await del({ apiKey, userId, key: "mood" })).status, await kept()]);
  },

  async "lanyard-wrapper"() {
    const { setKV, mergeKV, deleteKV, getKV, fetchUserData } = require("lanyard-wrapper");
    await setKV(userId, "mood", "fine & dandy", apiKey);
    tell(await getKV(userId, "mood"));
    await mergeKV(userId, { mood: "better", place: "home" }, apiKey);
    tell((await fetchUserData(userId)).kv);
    await deleteKV(userId, "mood", apiKey);
    tell((await fetchUserData(userId)).kv);
    await deleteKV(userId, "place", apiKey);
    tell(await setKV(userId, "mood", "x", "nobody's").catch((refused) => refused.message));
  },
};

await writers[client]();
