// The landing page, alive: people come, change and go; whatever a publisher wrote is set as text only.
"use strict";

const MOST = Number(document.body.dataset.most);
const people = new Map();
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

function row(person) {
  const [made, link, lines] = [element("li"), element("a", undefined, "person"), element("span", undefined, "lines")];
  link.href = `/u/${encodeURIComponent(person.name)}`;
  const state = element("span", WORDS[person.status], "state");
  state.dataset.status = person.status;
  lines.append(element("span", person.name, "name"), state);
  if (person.doing) lines.append(element("span", person.doing, "doing"));
  if (person.about) lines.append(element("span", person.about, "about"));
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
  if (known && known[1].contains(document.activeElement)) {
    known[1].replaceWith(made);
    made.firstChild.focus(); // who came here by the keyboard stays here
  }
  rows.set(person.name, [text, made]);
  return made;
}

function draw() {
  drawing = 0;
  const byName = [...people.values()].sort((one, other) => one.name.localeCompare(other.name));
  for (const name of rows.keys()) if (!people.has(name)) rows.delete(name);
  const wanted = byName.slice(0, MOST).map(rowOf);
  const list = part("people");
  for (const each of [...list.children]) if (!wanted.includes(each)) each.remove();
  wanted.forEach((each, place) => {
    if (list.children[place] !== each) list.insertBefore(each, list.children[place] || null);
  });
  part("nothing").hidden = byName.length > 0;
  part("more").hidden = byName.length <= MOST;
  part("more").firstElementChild.textContent = String(byName.length - MOST);
}

// However many come at once, they are drawn once.
function drawSoon() {
  if (!drawing) drawing = requestAnimationFrame(draw);
}

follow(document.body.dataset.events, (said) => {
  if (said.people) {
    people.clear();
    for (const person of said.people) people.set(person.name, person);
  }
  if (said.gone) people.delete(said.gone);
  if (said.person) people.set(said.person.name, said.person);
  drawSoon();
});
