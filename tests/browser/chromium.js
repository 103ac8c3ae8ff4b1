// Chromium and pages that record their errors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Timeout of every action on a page, in milliseconds.
const TIMEOUT = 30_000;

export const launch = () =>
  chromium.launch({ executablePath: process.env.HOTDESK_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

// Opens a page in its own browser context, with separate cookies. `problems` collects console messages and script errors.
export const open = async (browser, { address }, options = {}) => {
  const context = await browser.newContext({ baseURL: address, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  page.problems = [];
  // The console also reports intended responses (403, 404, 409, 422) as errors.
  const isIntended = (message) => /status of 4(03|04|09|22)/.test(message.text());
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isIntended(message)) page.problems.push(message.text());
  });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  return page;
};

// Logs in to the panel.
export const enter = async (page, { user, pass }) => {
  await page.goto("/admin/login");
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(pass);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Floor", exact: true }).waitFor();
};

// Logs an agent in with the form.
export const agentLogsIn = async (page, user, phone_login) => {
  await page.getByLabel("Phone login").fill(phone_login);
  await page.getByLabel("Phone password").fill("test");
  await page.getByLabel("User", { exact: true }).fill(user);
  await page.getByLabel("Password", { exact: true }).fill("agent");
  await page.getByRole("button", { name: "Log in" }).click();
};

// Serious problems that axe finds, one line each.
export const accessibility = async (page) => {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
};

// Number of pixels by which the page is wider than its window.
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);

export const isFine = (page) => assert.deepEqual(page.problems, [], page.url());
