// The profile page, alive: draws each document of its event stream; whatever a publisher wrote is set as text only.
"use strict";

const FRAMED = parent !== window;
let shown = new Map(); // an activity as JSON -> its card, so that what stays the same stays untouched

function leading(url, inner, className) {
  if (!url) return inner;
  const link = element("a", undefined, className);
  link.href = url;
  link.target = "_blank";
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
  const made = element("img", undefined, "art");
  made.alt = image.text || (image.url ? "picture" : ""); // a link needs words
  made.width = made.height = 96;
  made.referrerPolicy = "no-referrer";
  made.src = image.source;
  return leading(image.url, made, "frame");
}

function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (hours ? `${hours}:` : "") + `${pad(minutes)}:${pad(seconds % 60)}`;
}

function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, each]) => seconds >= each) || units[3];
  const number = Math.floor(seconds / size);
  return `for ${number} ${unit}${number === 1 ? "" : "s"}`;
}

// Both ends: a bar, elapsed on its left and the whole on its right. A paused one stands where the publisher looked.
function bar(activity) {
  const { started_ms: start, ends_ms: end, paused, sampled_ms: sampled } = activity;
  const made = element("div", undefined, "run");
  const [elapsed, whole] = [element("span", "", "elapsed"), element("span", clock(end - start), "length")];
  const progress = document.createElement("progress");
  progress.max = end - start;
  progress.ariaLabel = "Progress";
  made.append(elapsed, progress, whole);
  const stand = (now) => {
    progress.value = Math.min(end - start, Math.max(0, now - start));
    elapsed.textContent = clock(progress.value);
  };
  stand(paused && sampled !== null ? sampled : Date.now());
  return [made, paused ? null : () => stand(Date.now())];
}

function since(start) {
  const made = element("p", "", "since");
  const tell = () => (made.textContent = lasting(Date.now() - start));
  tell();
  return [made, tell];
}

function card(activity) {
  const made = element("li", undefined, "card");
  const [what, texts] = [element("div", undefined, "what"), element("div", undefined, "texts")];
  if (activity.title || activity.paused !== null) {
    const top = element("div", undefined, "top");
    top.append(activity.title ? element("h2", activity.title) : element("span"));
    if (activity.paused !== null) top.append(glyph(activity.paused));
    made.append(top);
  }
  if (activity.image) what.append(picture(activity.image));
  if (activity.details && activity.details.text) texts.append(line(activity.details, "details"));
  texts.append(...activity.state.filter((each) => each.text).map((each) => line(each)));
  what.append(texts);
  made.append(what);
  const { started_ms: start, ends_ms: end } = activity;
  let tick = null;
  if (start !== null && end === null) {
    const [words, tell] = since(start);
    texts.append(words);
    tick = tell;
  } else if (start !== null && end > start) {
    const [run, move] = bar(activity);
    made.append(run);
    tick = move;
  }
  return { made, tick };
}

function drawCards(activities) {
  const now = new Map();
  const cards = activities.map((activity, place) => {
    const key = JSON.stringify([activities.slice(0, place).filter((each) => same(each, activity)).length, activity]);
    now.set(key, shown.get(key) || card(activity));
    return now.get(key).made;
  });
  const list = part("activities");
  const links = () => [...list.querySelectorAll("a")];
  const reading = document.activeElement;
  const place = links().indexOf(reading);
  fill(list, cards);
  if (place >= 0 && document.activeElement !== reading) { // who came to a link by the keyboard stays there
    (reading.isConnected ? reading : links()[place])?.focus({ preventScroll: true });
  }
  shown = now;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function drawWho(presence) {
  if (!part("name")) return;
  if (presence.name !== null) part("name").textContent = presence.name;
  part("initial").textContent = part("name").textContent.slice(0, 1).toUpperCase();
  if (part("status").textContent !== WORDS[presence.status]) part("status").textContent = WORDS[presence.status];
  part("status").dataset.status = presence.status;
  part("nothing").hidden = presence.activities.length > 0;
  document.title = `${part("name").textContent}: ${WORDS[presence.status]}`;
}

// The ground takes the colour; house.css keeps it pale enough for ink to be read on.
function tint(gradient) {
  const style = document.documentElement.style;
  style.setProperty("--fade", `${gradient ? gradient.transition : 2000}ms`);
  if (gradient) style.setProperty("--tint", gradient.color);
  else style.removeProperty("--tint");
}

function draw(presence) {
  drawWho(presence);
  drawCards(presence.activities);
  tint(presence.gradient);
  if (FRAMED) parent.postMessage(JSON.stringify({ presence: presence.presence }), "*"); // as presenti's page did
}

follow(document.body.dataset.events + (FRAMED ? "?framed" : ""), draw);
setInterval(() => shown.forEach(({ tick }) => tick && tick()), 1000);
