// Editing: messages at the fields, creation in bulk after a preview, and protection against lost updates.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibility, enter, isFine, launch, open } from "./chromium.js";
import { ADMIN, World } from "./world.js";

let world, browser, page;
before(async () => {
  [world, browser] = [await World.open(), await launch()];
  page = await open(browser, world);
  await enter(page, ADMIN);
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test("a problem is shown at its field, and entered values are kept", async () => {
  await page.goto("/admin/phone?extension=100&server_ip=10.0.9.1");
  await page.getByLabel("Login *").fill("101a");
  await page.getByLabel("Caller ID *").fill("call me");
  await page.getByRole("button", { name: "Save" }).click();
  const login = page.getByLabel("Login *");
  await page.getByRole("alert").waitFor();
  assert.equal(await login.inputValue(), "101a");
  assert.equal(await login.getAttribute("aria-invalid"), "true");
  const described = (await login.getAttribute("aria-describedby")).split(" ")[0];
  assert.match(await page.locator(`#${described}`).innerText(), /101/);
  assert.equal(await page.getByLabel("Caller ID *").getAttribute("aria-invalid"), "true");
  assert.deepEqual(await accessibility(page), []);
  isFine(page);
});

test("an editor sees the values that someone else has saved, and decides", async () => {
  const [mine, theirs] = [page, await open(browser, world)];
  await enter(theirs, ADMIN);
  for (const window of [mine, theirs]) await window.goto("/admin/phone?extension=100&server_ip=10.0.9.2");
  await theirs.getByLabel("Name", { exact: true }).fill("Theirs");
  await theirs.getByRole("button", { name: "Save" }).click();
  await theirs.getByText(/saved/i).first().waitFor();
  await mine.getByLabel("Name", { exact: true }).fill("Mine");
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByRole("alert").waitFor();
  assert.equal(await mine.getByLabel("Name", { exact: true }).inputValue(), "Mine");
  await mine.getByText("Saved by someone else: Theirs").waitFor();
  await theirs.reload();
  assert.equal(await theirs.getByLabel("Name", { exact: true }).inputValue(), "Theirs", "nothing was overwritten");
  await mine.getByRole("button", { name: "Save" }).click();
  await theirs.reload();
  assert.equal(await theirs.getByLabel("Name", { exact: true }).inputValue(), "Mine");
  for (const window of [mine, theirs]) isFine(window);
});

test("an editor sees the alias that someone else has saved", async () => {
  const [mine, theirs] = [page, await open(browser, world)];
  await enter(theirs, ADMIN);
  for (const window of [mine, theirs]) await window.goto("/admin/alias?id=100x");
  await theirs.getByLabel("Name", { exact: true }).fill("Their desk");
  await theirs.getByRole("button", { name: "Save", exact: true }).click();
  await theirs.getByText(/saved/i).first().waitFor();
  await mine.getByLabel("Name", { exact: true }).fill("My desk");
  await mine.getByRole("button", { name: "Save", exact: true }).click();
  await mine.getByText("Saved by someone else: Their desk").waitFor();
  assert.equal(await mine.getByLabel("Name", { exact: true }).inputValue(), "My desk");
  for (const window of [mine, theirs]) isFine(window);
});

test("three extensions on three dialers become nine phones and three aliases, after a preview", async () => {
  await page.goto("/admin/phones/bulk");
  await page.getByLabel("Extensions").fill("301-303");
  await page.getByLabel("Caller ID *").fill("7275550300");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "9 phones and 3 aliases will be created" }).waitFor();
  await page.getByRole("row").filter({ hasText: "302b" }).first().waitFor();
  assert.match(await world.api({ ...ADMIN, function: "update_phone_alias", alias_id: "301x", alias_name: "x" }), /^ERROR/, "the preview writes nothing");
  await page.getByRole("button", { name: "Create 9 phones and 3 aliases" }).click();
  await page.getByRole("heading", { name: "9 phones and 3 aliases created" }).waitFor();
  assert.match(await world.api({ ...ADMIN, function: "update_phone_alias", alias_id: "301x", alias_name: "Made" }), /^SUCCESS/);
  await page.goto("/admin/alias?id=303x");
  for (const login of ["303a", "303b", "303c"]) await page.getByRole("link", { name: login }).waitFor();
  await page.goto("/admin/phones/bulk");
  await page.getByLabel("Extensions").fill("303-304");
  await page.getByLabel("Caller ID *").fill("7275550300");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("Nothing can be created until they are resolved").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Create/ }).count(), 0);
  isFine(page);
});

test("a drain is scheduled and cancelled", async () => {
  await page.goto("/admin/dialer?server_ip=10.0.9.3");
  await page.getByLabel("From (UTC)").fill("2199-01-01T10:00");
  await page.getByRole("button", { name: "Schedule drain" }).click();
  await page.getByText("2199-01-01 10:00").first().waitFor();
  await page.goto("/admin/");
  await page.locator(".card").filter({ hasText: "dialer-c" }).getByText("2199-01-01 10:00").waitFor();
  await page.goto("/admin/dialer?server_ip=10.0.9.3");
  await page.getByRole("button", { name: /Cancel/ }).click();
  await page.goto("/admin/");
  assert.equal(await page.getByText("2199-01-01 10:00").count(), 0);
  isFine(page);
});

test("an administrator sets a user's password after entering their own", async () => {
  await page.goto("/admin/user?name=1002");
  const set = async (own) => {
    await page.getByLabel("New password *", { exact: true }).fill("another one");
    await page.getByLabel("Repeat new password").fill("another one");
    await page.getByLabel("Your own password").fill(own);
    await page.getByRole("button", { name: "Set password" }).click();
  };
  await set("wrong");
  await page.getByRole("alert").waitFor();
  await world.logIn("1002", "101x");
  await set(ADMIN.pass);
  await page.getByRole("status").waitFor();
  await assert.rejects(world.logIn("1002", "101x"), /login_incorrect/);
  isFine(page);
});
