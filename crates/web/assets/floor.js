// Keeps the floor page live. The server renders all fragments; the script inserts them, updates the counts and shows whether the
// connection is up.

const ACTIVITY_ROWS = 40;
const SILENCE = 40_000; // The server sends an event at least every 15 seconds.
const GRACE = 3_000; // Streams end regularly; the browser reconnects at once.

const floor = document.getElementById("floor");
const link = document.getElementById("link");
let source = null;
let heard = Date.now();
let lostSince = null;
let isOut = false;

const piece = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
};
const find = (name, value) => floor.querySelector(`[data-${name}="${CSS.escape(value)}"]`);

// Keeps the focus on a link in the replaced element.
const replace = (before, after) => {
  const focused = before.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  before.replaceWith(after);
  if (focused) [...after.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
};

const set = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};

// Counts the agents and calculates the target of each dialer: even, or by weight if dialers have weights.
const count = () => {
  const cards = [...floor.querySelectorAll("[data-card]")].map((card) => {
    const head = card.querySelector("[data-head]");
    const takes = head.dataset.takes === "true";
    return { card, takes, weight: Number(head.dataset.weight), seats: card.querySelectorAll("[data-session]").length };
  });
  const seats = cards.reduce((sum, card) => sum + card.seats, 0);
  const takers = cards.filter((card) => card.takes);
  const weights = takers.reduce((sum, card) => sum + card.weight, 0);
  const share = (card) => (!card.takes ? 0 : weights > 0 ? (seats * card.weight) / weights : seats / takers.length);
  const most = Math.max(1, ...cards.map((card) => Math.max(card.seats, share(card)))) * 1.1;
  for (const card of cards) {
    const of = share(card);
    set(card.card.querySelector("[data-seats]"), String(card.seats));
    set(card.card.querySelector("[data-ringing]"), String(card.card.querySelectorAll('[data-state="ringing"]').length));
    set(card.card.querySelector("[data-share]"), card.takes ? ` · target ${Math.round(of * 10) / 10}` : " · takes no agents");
    card.card.querySelector("[data-fill]").setAttribute("width", (100 * card.seats) / most);
    card.card.querySelector("[data-mark]").setAttribute("x", card.takes ? (100 * of) / most : -1);
  }
  set(floor.querySelector("[data-sum]"), String(seats));
};

const log = (html) => {
  if (!html) return;
  const list = document.getElementById("activity");
  list.prepend(piece(html));
  while (list.children.length > ACTIVITY_ROWS) list.lastElementChild.remove();
};

const seat = ({ session, dialer, html }) => {
  const before = find("session", String(session));
  const rows = find("card", dialer)?.querySelector("[data-agents]");
  if (!html || !rows) return before?.remove();
  // A template keeps a table row intact, unlike other elements.
  const after = piece(html);
  if (before?.parentElement === rows) return replace(before, after);
  before?.remove();
  const next = [...rows.children].find((row) => Number(row.dataset.session) > session);
  rows.insertBefore(after, next ?? null);
};

const clock = () => new Date(heard).toISOString().slice(11, 19) + " UTC";

const say = (tone, words) => {
  link.querySelector(".dot").className = `dot ${tone}`;
  set(link.querySelector("[data-words]"), words);
  set(link.querySelector("time"), clock());
};

const show = () => {
  if (isOut) return say("bad", `${link.dataset.out} ·`);
  const isLost = (lostSince && Date.now() - lostSince > GRACE) || Date.now() - heard > SILENCE;
  floor.classList.toggle("stale", Boolean(isLost));
  say(isLost ? "bad" : "good", isLost ? `${link.dataset.lost} · ${link.dataset.since}` : `${link.dataset.live} ·`);
};

let counting = 0;
const news = (take) => (event) => {
  heard = Date.now();
  lostSince = null;
  take(JSON.parse(event.data));
  if (!counting) {
    counting = requestAnimationFrame(() => {
      counting = 0;
      count();
      show();
    });
  }
};

// Without a last event id, the server sends the whole floor first.
const open = () => {
  source?.close();
  source = new EventSource(link.dataset.events);
  source.addEventListener("floor", news(({ html }) => (floor.innerHTML = html)));
  source.addEventListener("awake", news(() => {}));
  source.addEventListener("session", news((change) => { seat(change); log(change.activity); }));
  source.addEventListener("dialer", news((change) => {
    const head = find("card", change.dialer)?.querySelector("[data-head]");
    if (!head) return open();
    replace(head, piece(change.html));
    log(change.activity);
  }));
  source.addEventListener("lines", news(({ dialer, words }) => set(find("card", dialer)?.querySelector("[data-lines]"), words)));
  source.addEventListener("activity", news(({ activity, gone }) => {
    if (gone) find("card", gone)?.remove();
    log(activity);
  }));
  source.addEventListener("plot", news(({ html }) => (document.getElementById("plots").innerHTML = html)));
  source.addEventListener("alarm", news(({ words, activity }) => {
    const alarm = document.getElementById("alarm");
    alarm.hidden = !words;
    set(alarm, words);
    log(activity);
  }));
  source.addEventListener("error", () => {
    lostSince ??= Date.now();
    // The browser reconnects by itself, unless the response was not a stream.
    if (source.readyState === EventSource.CLOSED) again();
  });
};

const again = async () => {
  try {
    const reply = await fetch(link.dataset.events, { method: "HEAD" });
    if (reply.status === 401) {
      isOut = true;
      show();
      return;
    }
  } catch {
    // The server is not reachable: try again.
  }
  setTimeout(open, 3_000);
};

// A hidden page needs no events.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else if (!isOut) open();
});
setInterval(() => {
  // Detects connections that were cut without an error.
  if (!document.hidden && !isOut && Date.now() - heard > SILENCE && source.readyState === EventSource.OPEN) open();
  if (!document.hidden) show();
}, 1_000);

count();
open();
