// A real Chromium, and pages that remember what went wrong in them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// How long anything on a page may take.
const PATIENCE = 30_000;

export const launch = () =>
  chromium.launch({ executablePath: process.env.HOTDESK_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

// A window of its own: its cookies are nobody else's. `problems` fills with what the console or a page complains about.
export const open = async (browser, { address }, options = {}) => {
  const context = await browser.newContext({ baseURL: address, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.problems = [];
  // What a page answers with on purpose (404, 409, 422) is told as an error by the console too, and is none.
  const isAnswer = (message) => /status of 4(03|04|09|22)/.test(message.text());
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isAnswer(message)) page.problems.push(message.text());
  });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  return page;
};

// Comes into the panel.
export const enter = async (page, { user, pass }) => {
  await page.goto("/admin/login");
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(pass);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Floor", exact: true }).waitFor();
};

// Fills in the agents' form.
export const agentLogsIn = async (page, user, phone_login) => {
  await page.getByLabel("Phone login").fill(phone_login);
  await page.getByLabel("Phone password").fill("test");
  await page.getByLabel("User", { exact: true }).fill(user);
  await page.getByLabel("Password", { exact: true }).fill("agent");
  await page.getByRole("button", { name: "Log in" }).click();
};

// What axe finds that is serious, as lines to read.
export const accessibility = async (page) => {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
};

// By how many pixels a page is wider than its window.
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);

export const isFine = (page) => assert.deepEqual(page.problems, [], page.url());
