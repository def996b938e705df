// The landing page, alive: people come, change and go; whatever a publisher wrote is set as text only.
"use strict";

const MOST = Number(document.body.dataset.most);
const UNITS = [["year", 31557600], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const people = new Map();
let others = 0; // listed people of whom only the server knows
const rows = new Map(); // name -> [the person as JSON, its row]
let drawing = 0;

function face(person) {
  if (!person.image) {
    const letter = element("span", person.name.slice(0, 1).toUpperCase(), "face initial");
    letter.ariaHidden = "true";
    return letter;
  }
  const made = element("img", undefined, "face");
  made.alt = "";
  made.width = made.height = 56;
  made.referrerPolicy = "no-referrer";
  made.loading = "lazy";
  made.src = person.image;
  return made;
}

function ago(ms) {
  const seconds = (Date.now() - ms) / 1000;
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) || [];
  if (!unit) return "less than a minute ago";
  const number = Math.floor(seconds / size);
  return `${number} ${unit}${number === 1 ? "" : "s"} ago`;
}

function seen(ms) {
  const made = element("time", `Last seen ${ago(ms)}`, "about seen");
  made.dateTime = new Date(ms).toISOString();
  made.title = new Date(ms).toLocaleString();
  return made;
}

function row(person) {
  const [made, link, lines] = [element("li"), element("a", undefined, "person"), element("span", undefined, "lines")];
  link.href = `/u/${encodeURIComponent(person.name)}`;
  const state = element("span", WORDS[person.status], "state");
  state.dataset.status = person.status;
  lines.append(element("span", person.name, "name"), state);
  if (person.doing) lines.append(element("span", person.doing, "doing"));
  if (person.about) lines.append(element("span", person.about, "about"));
  if (person.seen_ms !== null) lines.append(seen(person.seen_ms));
  if (person.paused !== null) lines.append(glyph(person.paused));
  link.append(face(person), lines);
  made.append(link);
  return made;
}

function rowOf(person) {
  const text = JSON.stringify(person);
  const known = rows.get(person.name);
  if (known && known[0] === text) return known[1];
  const made = row(person);
  rows.set(person.name, [text, made]);
  return made;
}

const away = (person) => person.status === "offline";
const letters = (person) => person.name.toLowerCase();

// As the server orders them: who is there by name, then who is away, and of these whoever was there last.
function order(one, other) {
  if (away(one) !== away(other)) return away(one) ? 1 : -1;
  return other.seen_ms - one.seen_ms || (letters(one) < letters(other) ? -1 : 1);
}

function draw() {
  drawing = 0;
  const [reading] = [...rows].find(([, [, made]]) => made.contains(document.activeElement)) || [];
  const all = [...people.values()].sort(order);
  for (const name of rows.keys()) if (!people.has(name)) rows.delete(name);
  const shown = all.slice(0, MOST);
  const [here, gone] = [shown.filter((each) => !away(each)), shown.filter(away)];
  fill(part("here"), here.map(rowOf));
  fill(part("away"), gone.map(rowOf));
  if (rows.has(reading)) rows.get(reading)[1].firstChild.focus(); // who came here by the keyboard stays here
  part("nothing").hidden = here.length > 0;
  part("gone").hidden = gone.length === 0;
  const more = all.length - shown.length + others;
  part("more").hidden = more === 0;
  part("more").firstElementChild.textContent = String(more);
}

// However many come at once, they are drawn once.
function drawSoon() {
  if (!drawing) drawing = requestAnimationFrame(draw);
}

// Whoever steps out of the crowd of those whom only the server knew is not one of them any more.
function met(name) {
  if (!people.has(name)) others = Math.max(0, others - 1);
}

follow(document.body.dataset.events, (said) => {
  if (said.people) {
    people.clear();
    others = said.more;
    for (const person of said.people) people.set(person.name, person);
  }
  if (said.gone) {
    met(said.gone);
    people.delete(said.gone);
  }
  if (said.person) {
    if (!said.new && !said.gone) met(said.person.name);
    people.set(said.person.name, said.person);
  }
  drawSoon();
});

setInterval(() => {
  for (const each of document.querySelectorAll(".seen")) each.textContent = `Last seen ${ago(Date.parse(each.dateTime))}`;
}, 60_000);
