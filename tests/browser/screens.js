// Takes the pictures in docs/screens: each page at 1440 px in light colours, and some small in dark colours. The dialers are
// simulated; the data of the last hour, which the plots show, is written into the database with Python's SQLite.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { agentLogsIn, enter, launch, open } from "./chromium.js";
import { OUTSIDE, PAGES } from "./pages.js";
import { ADMIN, World } from "./world.js";

const FOLDER = new URL("../../docs/screens/", import.meta.url).pathname;
const AGENTS = 24;

// Confirmation pages, and pages that look like another one.
const LEFT_OUT = ["phone-delete", "alias-delete", "dialer-new", "not-found", "call", "front"];
const SMALL_AND_DARK = ["floor", "phones", "alias", "login"];

// Writes an hour in which agents log in.
const PAST = `
import datetime, math, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
now = datetime.datetime.now(datetime.timezone.utc)
for ago in range(60, 0, -1):
    minute = (now - datetime.timedelta(minutes=ago)).strftime("%Y-%m-%d %H:%M")
    for number in (1, 2, 3):
        wave = 8 * (1 - math.exp(-(60 - ago) / 15)) + math.sin(ago / 5 + number)
        logins = int(3 * math.exp(-(60 - ago) / 12) + (ago * number) % 3 * 0.5)
        database.execute("INSERT OR REPLACE INTO hotdesk_minute VALUES (?, ?, ?, ?)", (minute, f"10.0.9.{number}", round(max(wave, 0)), logins))
database.commit()
`;

const take = async (page, name, more = {}) => {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), ...more });
};

mkdirSync(FOLDER, { recursive: true });
const [world, browser] = [await World.open(AGENTS), await launch()];
try {
  await world.subscribe("https://receiver.example/hotdesk");
  for (let agent = 0; agent < AGENTS; agent += 1) await world.logIn(String(1001 + agent), `${100 + agent}x`);
  for (const parameters of [
    { function: "version" },
    { function: "server_refresh", stage: "REFRESH" },
    { function: "add_phone_alias", alias_id: "north", alias_name: "North desk", phone_logins: "100a,101b" },
    { function: "update_phone_alias", alias_id: "north", phone_logins: "100a,101b,102c" },
    { function: "add_phone_alias", alias_id: "north", alias_name: "North desk", phone_logins: "100a" },
  ]) await world.api({ ...ADMIN, ...parameters });
  await world.stopServer();
  const seeded = spawnSync("python3", ["-c", PAST, join(world.folder, "hotdesk.db")], { encoding: "utf8" });
  if (seeded.status !== 0) throw new Error(seeded.stderr);
  await world.startServer();
  const wide = await open(browser, world, { viewport: { width: 1440, height: 900 } });
  await enter(wide, ADMIN);
  await wide.getByText("Live ·").waitFor();
  await world.kill("dialer-c");
  await wide.getByText(/^Agent 10\d\d is on .* dialer-c went down/).first().waitFor();
  for (const { name, address } of PAGES.filter(({ name }) => !LEFT_OUT.includes(name))) {
    await wide.goto(address);
    if (name === "floor") await wide.getByText("Live ·").waitFor();
    await take(wide, name, { fullPage: name !== "floor" });
  }
  const small = await open(browser, world, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await enter(small, ADMIN);
  for (const { name, address } of PAGES.filter(({ name }) => SMALL_AND_DARK.includes(name))) {
    await small.goto(address);
    await take(small, `${name}-small-dark`);
  }
  await small.context().clearCookies();
  for (const { name, address } of OUTSIDE.filter(({ name }) => !LEFT_OUT.includes(name))) {
    await small.goto(address);
    await take(small, name);
  }
  await agentLogsIn(small, "1001", "100x");
  await small.getByRole("heading", { name: /dialer-/ }).waitFor();
  await take(small, "agent");
} finally {
  await browser.close();
  await world.close();
}
