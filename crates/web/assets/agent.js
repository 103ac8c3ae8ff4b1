// Keeps the agent page live. The server only reports that the session has changed; the script then fetches the page again and
// replaces the parts that differ.

const PARTS = ["state", "rest"];
const SILENCE = 40_000; // The server sends an event at least every 15 seconds.
const GRACE = 3_000; // Streams end regularly; the browser reconnects at once.

const link = document.getElementById("link");
const shown = new Map(PARTS.map((id) => [id, document.getElementById(id).outerHTML]));
let source = null;
let heard = Date.now();
let lostSince = null;
let looking = false;
let lookAgain = false;

const isOver = () => document.getElementById("state").classList.contains("ended");

// Keeps the focus on a button, and open details open.
const replace = (before, after) => {
  const { activeElement } = document;
  const pressed = before.contains(activeElement) ? activeElement.value : null;
  const open = [...before.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  before.className = after.className;
  before.replaceChildren(...after.childNodes);
  for (const summary of before.querySelectorAll("summary")) {
    if (open.includes(summary.textContent)) summary.parentElement.open = true;
  }
  if (pressed) [...before.querySelectorAll("button")].find((button) => button.value === pressed)?.focus();
};

const put = (page) => {
  if (!page.getElementById("state")) return location.reload();
  document.title = page.title;
  for (const id of PARTS) {
    const after = page.getElementById(id);
    if (after.outerHTML === shown.get(id)) continue;
    shown.set(id, after.outerHTML);
    replace(document.getElementById(id), after);
  }
  if (isOver()) source?.close();
};

const look = async () => {
  lookAgain = looking;
  if (looking) return;
  looking = true;
  try {
    const reply = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (!reply.ok) throw new Error(reply.statusText);
    put(new DOMParser().parseFromString(await reply.text(), "text/html"));
    hear();
  } catch {
    lostSince ??= Date.now();
  }
  looking = false;
  if (lookAgain) await look();
};

const hear = () => {
  heard = Date.now();
  lostSince = null;
  show();
};

const show = () => {
  const isLost = (lostSince && Date.now() - lostSince > GRACE) || Date.now() - heard > SILENCE;
  const words = isLost && !isOver() ? link.dataset.lost : "";
  if (link.textContent !== words) link.textContent = words;
  link.hidden = !words;
};

const open = () => {
  source?.close();
  if (isOver()) return;
  source = new EventSource(link.dataset.events);
  source.addEventListener("session", () => { hear(); look(); });
  source.addEventListener("awake", hear);
  source.addEventListener("error", async () => {
    lostSince ??= Date.now();
    // The browser reconnects by itself, unless the response was not a stream.
    if (source.readyState !== EventSource.CLOSED) return;
    await look();
    setTimeout(open, GRACE);
  });
};

setInterval(() => {
  // Detects connections that were cut without an error.
  if (Date.now() - heard > SILENCE && source?.readyState === EventSource.OPEN) open();
  show();
}, 1_000);

open();
