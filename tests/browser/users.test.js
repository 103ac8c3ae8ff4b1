// The documented steps: open the user, set API access, level and functions, save; then the API call works.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enter, isFine, launch, open } from "./chromium.js";
import { ADMIN, World } from "./world.js";

let world, browser;
before(async () => ([world, browser] = [await World.open(), await launch()]));
after(async () => {
  await browser?.close();
  await world?.close();
});

test("an administrator enables an agent's account for the API, and its call works", async () => {
  const call = () => world.api({ user: "1001", pass: "agent", function: "server_refresh", stage: "REFRESH" });
  assert.match(await call(), /^ERROR/);
  const page = await open(browser, world);
  await enter(page, ADMIN);
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("link", { name: "1001" }).click();
  const checks = page.getByRole("region", { name: "Why is this refused?" });
  await checks.getByLabel("Function").selectOption("server_refresh");
  await checks.getByRole("button", { name: "Check" }).click();
  await page.getByText("API access: missing").waitFor();
  await page.getByRole("checkbox", { name: "API access" }).check();
  await page.getByRole("checkbox", { name: "May change phones, aliases and dialers" }).check();
  await page.getByLabel("Level", { exact: true }).selectOption("8");
  await page.getByLabel("All functions").check();
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("Saved. Takes effect immediately.").waitFor();
  assert.match(await call(), /^SUCCESS/);
  await checks.getByLabel("Function").selectOption("server_refresh");
  await checks.getByRole("button", { name: "Check" }).click();
  await page.getByText("would be allowed with the right password").waitFor();
  isFine(page);
});
