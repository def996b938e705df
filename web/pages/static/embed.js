// The page that builds a card's snippet: every change of the form is seen in the preview and in the snippets at once.
"use strict";

const DEFAULTS = { theme: "dark", hideActivity: "0", maxActivities: "2", borderRadius: "2" };
const PAUSE_MS = 250;

const part = (id) => document.getElementById(id);
const { card, fixed, profile, events } = document.body.dataset;
const form = document.forms[0];
const preview = part("preview");
const wide = preview.getAttribute("width");
let pause = 0;
let shown = 0;

// As Python's quote: what Markdown or HTML could take for their own is always written as %XX.
function encoded(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => "%" + mark.charCodeAt(0).toString(16).toUpperCase());
}

function address() {
  const chosen = [...new FormData(form)].filter(
    ([name, value]) => name !== "alt" && value.trim() && value !== DEFAULTS[name],
  );
  const query = [fixed, ...chosen.map(([name, value]) => `${name}=${encoded(value)}`)].filter(Boolean).join("&");
  return query ? `${card}?${query}` : card;
}

function escaped(text) {
  const marks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  return text.replace(/[&<>"']/g, (mark) => marks[mark]);
}

function write() {
  if (!form.checkValidity()) return;
  const alt = form.elements.alt.value;
  const [picture, page] = [location.origin + address(), location.origin + profile];
  const words = alt.trim().replace(/\s+/g, " ").replace(/[\\[\]`*_<>]/g, "\\$&");
  part("markdown").value = `[![${words}](${picture})](${page})`;
  part("html").value =
    `<a href="${escaped(page)}"><img src="${escaped(picture)}" alt="${escaped(alt)}" width="${wide}"></a>`;
  preview.alt = alt;
}

// A number that the server does not know makes it another address, so that the browser asks again.
function show() {
  clearTimeout(pause);
  if (!form.checkValidity()) return;
  shown += 1;
  preview.src = address() + (address().includes("?") ? "&" : "?") + `shown=${shown}`;
}

async function explain() {
  const answer = await fetch(preview.src);
  part("fault").textContent = answer.ok ? "" : await sentence(answer);
}

async function sentence(answer) {
  const text = await answer.text();
  return answer.headers.get("Content-Type").startsWith("application/json") ? JSON.parse(text).error : text;
}

async function copy(button) {
  const words = part(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(words.value);
    part("said").textContent = "Copied.";
  } catch {
    words.select(); // no clipboard without https: the reader copies what is marked
    part("said").textContent = "Marked: copy it with the keyboard.";
  }
}

preview.addEventListener("load", () => {
  if (shown) part("fault").textContent = ""; // the first one is not what was asked for, if the server says so
});
preview.addEventListener("error", explain);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
form.addEventListener("input", () => {
  write();
  clearTimeout(pause);
  pause = setTimeout(show, PAUSE_MS);
});
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
part("send").hidden = true;

const stream = new EventSource(events);
stream.onmessage = () => show();
addEventListener("pagehide", () => stream.close());
