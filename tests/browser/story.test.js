// A shift: a phone and its alias are created, an agent logs in, and a dialer goes down, while a supervisor watches the floor.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { agentLogsIn, enter, isFine, launch, open } from "./chromium.js";
import { ADMIN, World } from "./world.js";

let world, browser;
before(async () => ([world, browser] = [await World.open(), await launch()]));
after(async () => {
  await browser?.close();
  await world?.close();
});

const createPhone = async (page, login, dialer) => {
  await page.goto("/admin/phones");
  await page.getByRole("link", { name: "New phone" }).click();
  await page.getByLabel("Extension *").fill("200");
  await page.getByLabel("Dialer *").selectOption(dialer);
  await page.getByLabel("Login *").fill(login);
  await page.getByLabel("Name *").fill("The new phone");
  await page.getByLabel("Phone password").fill("test");
  await page.getByLabel("Registration password").fill("reg200");
  await page.getByLabel("Dialplan number").fill("200");
  await page.getByLabel("Voicemail box").fill("200");
  await page.getByLabel("Caller ID *").fill("7275550200");
  await page.getByRole("button", { name: "Create phone" }).click();
  await page.getByRole("heading", { name: "200", level: 1 }).waitFor();
};

test("an agent logs in with a new alias and is re-homed when the dialer goes down, with live updates", async () => {
  const floor = await open(browser, world);
  await enter(floor, ADMIN);
  await floor.getByText("Live ·").waitFor();
  const card = (name) => floor.locator(".card").filter({ has: floor.getByRole("heading", { name }) });
  const seats = (name) => card(name).locator("[data-seats]");
  assert.equal(await seats("dialer-a").innerText(), "0");

  const admin = await open(browser, world);
  await enter(admin, ADMIN);
  await createPhone(admin, "200a", world.dialers[0].server_ip);
  await createPhone(admin, "200b", world.dialers[1].server_ip);
  await admin.goto("/admin/aliases");
  await admin.getByRole("link", { name: "New alias" }).click();
  await admin.getByLabel("Alias").fill("200x");
  await admin.getByLabel("Name").fill("The new desk");
  await admin.getByLabel("Add a phone").fill("200");
  await admin.getByRole("button", { name: "Find" }).click();
  await admin.getByRole("button", { name: "Add all 2 phones of extension 200" }).click();
  await admin.getByRole("link", { name: "200b" }).waitFor();
  await admin.getByRole("button", { name: "Save", exact: true }).click();
  await admin.getByRole("heading", { name: "200x" }).waitFor();

  const agent = await open(browser, world, { viewport: { width: 390, height: 700 } });
  await agent.goto("/agc/vicidial.php");
  await agentLogsIn(agent, "1001", "200x");
  const where = agent.getByRole("heading", { name: /You are on dialer-/ });
  await where.waitFor();
  const first = (await where.innerText()).match(/dialer-[ab]/)[0];
  const other = first === "dialer-a" ? "dialer-b" : "dialer-a";
  await seats(first).filter({ hasText: /^1$/ }).waitFor();
  await card(first).getByRole("row").filter({ hasText: "1001" }).filter({ hasText: "Live" }).waitFor();

  // From here on, the pages must update without a reload.
  const loaded = [];
  for (const page of [floor, agent]) page.on("load", () => loaded.push(page.url()));
  await world.kill(first);
  await agent.getByRole("heading", { name: `You are on ${other}` }).waitFor();
  await seats(other).filter({ hasText: /^1$/ }).waitFor();
  assert.equal(await seats(first).innerText(), "0");
  await card(first).getByText("Down").waitFor();
  await floor.getByText(new RegExp(`^Agent 1001 is on ${other} with phone 200. because ${first} went down`)).waitFor();
  assert.deepEqual(loaded, []);

  await agent.getByRole("button", { name: "Log out" }).click();
  await agent.getByText("You are logged out.").waitFor();
  await seats(other).filter({ hasText: /^0$/ }).waitFor();
  for (const page of [floor, admin, agent]) isFine(page);
});

test("the floor page reports a lost connection and reconnects", async () => {
  const page = await open(browser, world);
  await enter(page, ADMIN);
  await page.getByText("Live ·").waitFor();
  await world.stopServer();
  await page.getByText("Connection lost, trying again").waitFor();
  await world.startServer();
  await page.getByText("Live ·").waitFor();
});
