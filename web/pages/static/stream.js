// A page's event stream, which comes back whatever happens; and the few things that every page draws with.
"use strict";

const WORDS = { online: "online", idle: "idle", dnd: "do not disturb", offline: "offline" };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

const part = (id) => document.getElementById(id);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) {
    made.textContent = text;
    made.dir = "auto";
  }
  if (className) made.className = className;
  return made;
}

// What is paused or playing says so; null is no player.
function glyph(paused) {
  const made = element("span", undefined, "glyph");
  made.role = "img";
  made.ariaLabel = made.dataset.state = paused ? "paused" : "playing";
  return made;
}

// What stays in a list is not touched: it keeps its focus, its picture and its place.
function fill(list, wanted) {
  const kept = new Set(wanted);
  for (const each of [...list.children]) if (!kept.has(each)) each.remove();
  wanted.forEach((each, place) => {
    if (list.children[place] !== each) list.insertBefore(each, list.children[place] || null);
  });
}

function say(words) {
  if (part("connection")) part("connection").textContent = words;
}

// EventSource comes back by itself after a lost connection, but gives up for good after an error page: then we do it.
function follow(address, heard) {
  let stream = null;
  let appointed = 0;
  let pauseMs = FIRST_PAUSE_MS;

  function connect() {
    clearTimeout(appointed);
    if (stream) stream.close();
    stream = new EventSource(address);
    stream.onmessage = (event) => {
      pauseMs = FIRST_PAUSE_MS;
      say("");
      heard(JSON.parse(event.data));
    };
    stream.onerror = () => {
      say("Reconnecting\u2026 what you see may be old.");
      if (stream.readyState !== EventSource.CLOSED) return;
      appointed = setTimeout(connect, pauseMs * (0.5 + Math.random()));
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    };
  }

  say("");
  connect();
  addEventListener("online", connect);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
}
