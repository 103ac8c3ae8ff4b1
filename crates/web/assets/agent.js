// Keeps the agent's page live. The server tells only that something changed; what is so now is the page itself, fetched again,
// of which the parts that differ are put into their places.

const PARTS = ["state", "rest"];
const SILENCE = 40_000; // The server says something every 15 seconds.
const GRACE = 3_000; // A stream ends now and then, and goes on at once.

const link = document.getElementById("link");
const shown = new Map(PARTS.map((id) => [id, document.getElementById(id).outerHTML]));
let source = null;
let heard = Date.now();
let lostSince = null;
let looking = false;
let lookAgain = false;

const isOver = () => document.getElementById("state").classList.contains("ended");

// Who was about to press a button is still about to, and what was unfolded stays so.
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
    // The browser tries again by itself, unless the server answered with something else than a stream.
    if (source.readyState !== EventSource.CLOSED) return;
    await look();
    setTimeout(open, GRACE);
  });
};

setInterval(() => {
  // A connection that is cut without a word is noticed by its silence.
  if (Date.now() - heard > SILENCE && source?.readyState === EventSource.OPEN) open();
  show();
}, 1_000);

open();
