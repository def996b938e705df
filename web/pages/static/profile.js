// The profile page, alive: draws each document of the event stream; whatever a publisher wrote is set as text only.
"use strict";

const WORDS = { online: "online", idle: "idle", dnd: "do not disturb", offline: "offline" };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

const part = (id) => document.getElementById(id);
let stream = null;
let pauseMs = FIRST_PAUSE_MS;
let appointed = 0;
let clocks = [];

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) {
    made.textContent = text;
    made.dir = "auto";
  }
  if (className) made.className = className;
  return made;
}

function leading(url, inner) {
  if (!url) return inner;
  const link = document.createElement("a");
  link.href = url;
  link.rel = "noopener noreferrer nofollow ugc";
  link.append(inner);
  return link;
}

function line(link, className) {
  const made = element("p", "", className);
  made.append(leading(link.url, link.text));
  return made;
}

function picture(image) {
  const made = document.createElement("img");
  made.alt = image.text || (image.url ? "picture" : ""); // a link needs words
  made.width = made.height = 80;
  made.referrerPolicy = "no-referrer";
  made.src = image.source;
  return leading(image.url, made);
}

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (hours ? `${hours}:${pad(minutes)}` : minutes) + `:${pad(seconds % 60)}`;
}

// How long something has gone on: a bar with both ends, or a plain span; paused things stand still.
function time(activity) {
  const { started_ms: start, ends_ms: end, paused } = activity;
  if (paused) return [element("p", "Paused", "time")];
  if (start === null) return [];
  const label = element("p", "", "time");
  const length = end === null ? 0 : end - start;
  if (length <= 0) {
    clocks.push(() => (label.textContent = `for ${span(Date.now() - start)}`));
    return [label];
  }
  const bar = document.createElement("progress");
  bar.max = length;
  bar.ariaLabel = "Progress";
  clocks.push(() => {
    const gone = Math.min(length, Math.max(0, Date.now() - start));
    bar.value = gone;
    label.textContent = `${span(gone)} of ${span(length)}`;
  });
  return [bar, label];
}

function item(activity) {
  const made = document.createElement("li");
  if (activity.image) made.append(picture(activity.image));
  const texts = document.createElement("div");
  if (activity.title) texts.append(element("h2", activity.title));
  if (activity.details && activity.details.text) texts.append(line(activity.details, "details"));
  for (const each of activity.state) if (each.text) texts.append(line(each));
  texts.append(...time(activity));
  made.append(texts);
  return made;
}

function draw(presence) {
  const word = WORDS[presence.status];
  if (presence.name !== null) part("name").textContent = presence.name;
  part("status").textContent = word;
  part("status").dataset.status = presence.status;
  document.title = `${part("name").textContent}: ${word}`;
  clocks = [];
  part("activities").replaceChildren(...presence.activities.map(item));
  part("nothing").hidden = presence.activities.length > 0;
  tick();
}

function tick() {
  for (const clock of clocks) clock();
}

function say(words) {
  part("connection").textContent = words;
}

// EventSource comes back by itself after a lost connection, but gives up for good after an error page: then we do it.
function connect() {
  clearTimeout(appointed);
  if (stream) stream.close();
  stream = new EventSource(document.body.dataset.events);
  stream.onmessage = (event) => {
    pauseMs = FIRST_PAUSE_MS;
    say("");
    draw(JSON.parse(event.data));
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
setInterval(tick, 1000);
addEventListener("online", connect);
addEventListener("pagehide", () => stream.close());
addEventListener("pageshow", (event) => {
  if (event.persisted) connect();
});
