// The pages of one's own account: passwords that can be looked at, and keys, which presenti's API makes. Forms need none.
"use strict";

const part = (id) => document.getElementById(id);

// Why it was refused, in a sentence; null when it was not.
async function ask(to) {
  try {
    const answer = await fetch(to);
    const document = await answer.json();
    return { document, refusal: answer.ok ? null : document.error, status: answer.status };
  } catch {
    return { document: null, refusal: "The server cannot be reached. Please try again." };
  }
}

function tell(notice, words) {
  notice.hidden = !words;
  notice.textContent = words || "";
}

async function mint() {
  const alert = part("mint").closest("section").querySelector("[role=alert]");
  const { document, refusal, status } = await ask(part("mint").dataset.to);
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
  box.closest("label").hidden = false;
  box.addEventListener("change", () => {
    for (const id of box.dataset.reveals.split(" ")) part(id).type = box.checked ? "text" : "password";
  });
}

if (part("mint")) {
  part("mint").hidden = false;
  part("mint").addEventListener("click", mint);
  part("copy").addEventListener("click", copy);
}
