// Every page fits its window, has no serious accessibility problems and logs nothing to the console.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accessibility, agentLogsIn, enter, isFine, launch, open, tooWide } from "./chromium.js";
import { OUTSIDE, PAGES } from "./pages.js";
import { ADMIN, SUPERVISOR, World } from "./world.js";

let world, browser;
before(async () => {
  [world, browser] = [await World.open(), await launch()];
  await world.subscribe("https://receiver.example/hotdesk");
  await world.logIn("1001", "100x");
  await world.logIn("1002", "101x");
  await world.api({ ...ADMIN, function: "version" });
  await world.api({ ...ADMIN, function: "server_refresh", stage: "REFRESH" });
});
after(async () => {
  await browser?.close();
  await world?.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1440]) {
    describe(`at ${width} px, ${colorScheme}`, () => {
      let page;
      before(async () => {
        page = await open(browser, world, { colorScheme, viewport: { width, height: 900 } });
        await enter(page, ADMIN);
      });
      const check = async ({ address, heading }) => {
        await page.goto(address);
        await page.getByRole("heading", { name: heading, exact: true, level: 1 }).waitFor();
        assert.equal(await tooWide(page), 0);
        assert.deepEqual(await accessibility(page), []);
        isFine(page);
      };
      for (const known of PAGES) test(`the page ${known.name}`, () => check(known));
      test("the pages outside the panel", async () => {
        await page.context().clearCookies();
        for (const known of OUTSIDE) await check(known);
      });
      test("the agent page", async () => {
        await page.goto("/agc/vicidial.php");
        await agentLogsIn(page, "1003", "102x");
        await page.getByRole("heading", { name: /dialer-/ }).waitFor();
        assert.equal(await tooWide(page), 0);
        assert.deepEqual(await accessibility(page), []);
        await page.getByRole("button", { name: "Log out" }).click();
        await page.getByText("You are logged out.").waitFor();
        isFine(page);
      });
    });
  }
}

test("a supervisor can view every page but change nothing", async () => {
  const page = await open(browser, world);
  await enter(page, SUPERVISOR);
  for (const { name, address, heading, isForAdministrators } of PAGES) {
    await page.goto(address);
    await page.getByRole("heading", { name: isForAdministrators ? "Not allowed" : heading, exact: true, level: 1 }).waitFor();
    const buttons = page.locator("main button:visible, main a.button:visible");
    const offered = (await buttons.allInnerTexts()).filter((words) => !/^(Find|Check|First page|Next page|Show|Download CSV|Tokens)$/.test(words));
    assert.deepEqual(offered, [], name);
  }
  isFine(page);
});
