// The pages of one's own account: forms and buttons that speak presenti's API, and say what came of it.
"use strict";

const part = (id) => document.getElementById(id);

// Why it was refused, in a sentence; null when it was not.
async function ask(method, to, said) {
  const given = { method, headers: said ? { "Content-Type": "application/json" } : {}, body: said && JSON.stringify(said) };
  try {
    const answer = await fetch(to, given);
    const document = await answer.json();
    if (answer.ok) return { document, refusal: null, fields: [] };
    const wait = Number(answer.headers.get("Retry-After"));
    const tooOften = `Too many tries. Please wait ${wait} second${wait === 1 ? "" : "s"}.`;
    const refusal = answer.status === 429 && wait ? tooOften : document.error;
    return { document, refusal, fields: document.fields || [], status: answer.status };
  } catch {
    return { document: null, refusal: "The server cannot be reached. Please try again.", fields: [] };
  }
}

function tell(notice, words) {
  notice.hidden = !words;
  notice.textContent = words || "";
}

function mark(form, fields) {
  for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
  const faulty = fields.map((name) => form.elements[name]).filter(Boolean);
  for (const input of faulty) input.setAttribute("aria-invalid", "true");
  (faulty[0] || form.querySelector("button[type=submit]")).focus();
}

function whenSent(form, done) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [alert, button] = [form.querySelector("[role=alert]"), form.querySelector("button[type=submit]")];
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    const { refusal, fields } = await ask(form.dataset.method, form.dataset.to, Object.fromEntries(new FormData(form)));
    button.ariaDisabled = "false";
    tell(alert, refusal);
    mark(form, fields);
    if (refusal === null) done();
  });
}

async function mint() {
  const alert = part("mint").closest("section").querySelector("[role=alert]");
  const { document, refusal, status } = await ask("GET", part("mint").dataset.to);
  if (status === 401) return location.assign("/login");
  tell(alert, refusal);
  if (refusal !== null) return;
  part("minted").hidden = false;
  part("key").value = document.key;
  part("copied").textContent = "Copy it now: it will not be shown again.";
  part("mint").textContent = "Make another";
  part("mint").classList.add("second");
  part("copy").focus();
}

async function copy() {
  part("key").select();
  try {
    await navigator.clipboard.writeText(part("key").value);
    part("copied").textContent = "Copied.";
  } catch {
    // Without https there is no clipboard for scripts: the key is selected, and a key press copies it.
    part("copied").textContent = "It is selected: press Ctrl+C, or ⌘C.";
    part("key").focus();
  }
}

for (const box of document.querySelectorAll("[data-reveals]")) {
  box.addEventListener("change", () => {
    for (const id of box.dataset.reveals.split(" ")) part(id).type = box.checked ? "text" : "password";
  });
}

if (part("sign")) whenSent(part("sign"), () => location.assign("/panel"));
if (part("change")) {
  part("mint").addEventListener("click", mint);
  part("copy").addEventListener("click", copy);
  part("leave").addEventListener("click", async () => {
    await ask("GET", part("leave").dataset.to);
    location.assign("/");
  });
  whenSent(part("change"), () => {
    part("change").reset();
    part("change").querySelector("[role=status]").hidden = false;
    part("minted").hidden = true;
    part("key").value = "";
  });
}
