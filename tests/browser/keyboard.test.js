// The pages can be used without a mouse.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isFine, launch, open } from "./chromium.js";
import { ADMIN, World } from "./world.js";

let world, browser;
before(async () => ([world, browser] = [await World.open(), await launch()]));
after(async () => {
  await browser?.close();
  await world?.close();
});

// Presses Tab until the element with this name has the focus. Every element on the way must show its focus.
const tabTo = async (page, words) => {
  for (let steps = 0; steps < 80; steps += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const words = element.getAttribute("aria-label") || element.labels?.[0]?.innerText || element.innerText || "";
      return { words: words.replace(/\s+/g, " ").trim(), isVisible: outlineStyle !== "none" && outlineWidth !== "0px", tag: element.tagName };
    });
    assert.ok(focused.isVisible || focused.tag === "BODY", `the focus on "${focused.words}" is not visible`);
    if (focused.words === words) return;
  }
  assert.fail(`Tab never reaches "${words}"`);
};

test("a dialer is drained and takes agents again, by keyboard", async () => {
  const page = await open(browser, world);
  await page.goto("/admin/login");
  await page.locator("#user:focus").waitFor();
  await page.keyboard.type(ADMIN.user);
  await page.keyboard.press("Tab");
  await page.keyboard.type(ADMIN.pass);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Floor", exact: true }).waitFor();
  await tabTo(page, "Drain dialer-b");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Drain dialer-b?" }).waitFor();
  await tabTo(page, "Drain");
  await page.keyboard.press("Enter");
  await page.getByText("The dialer is draining. No new agents will be placed on it.").waitFor();
  await tabTo(page, "Take agents again on dialer-b");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Let dialer-b take agents again?" }).waitFor();
  await tabTo(page, "Take agents again");
  await page.keyboard.press("Enter");
  await page.getByText("The dialer takes agents again.").waitFor();
  isFine(page);
});

test("an agent logs in and out, by keyboard", async () => {
  const page = await open(browser, world);
  await page.goto("/agc/vicidial.php");
  await tabTo(page, "Phone login");
  for (const words of ["100x", "test", "1001", "agent"]) {
    await page.keyboard.type(words);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /You are on dialer-/ }).waitFor();
  await tabTo(page, "Log out");
  await page.keyboard.press("Enter");
  await page.getByText("You are logged out.").waitFor();
  isFine(page);
});
