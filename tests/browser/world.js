// A call centre for the tests: a server, three simulated dialers as separate processes, and agents with phones.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = process.env.HOTDESK_PROGRAM ?? "target/debug/hotdesk";
const SECRET = "kept-for-the-tests";

export const ADMIN = { user: "6666", pass: "1234" };
export const SUPERVISOR = { user: "7777", pass: "look" };

// Extensions without phone entries. Their accounts are registered on every dialer.
const FREE = ["200", "201", "202"];
const SUFFIXES = ["a", "b", "c"];

// The environment without Hotdesk settings, so that those of the developer have no effect.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HOTDESK_")));

// Runs a Hotdesk command and waits for its end.
const run = (folder, ...words) => {
  const done = spawnSync(PROGRAM, words, { cwd: folder, env: environment, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`hotdesk ${words.join(" ")}: ${done.stdout}${done.stderr}`);
};

// Starts a command and waits for the first line that matches.
const start = async (folder, words, pattern, more = {}) => {
  const child = spawn(PROGRAM, words, { cwd: folder, env: { ...environment, ...more }, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = line.match(pattern);
    if (found) {
      child.stdout.resume();
      return { child, found: found[1] };
    }
  }
  throw new Error(`hotdesk ${words.join(" ")} ended without printing ${pattern}`);
};

const ended = (child) =>
  new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once("exit", resolve)));

const stop = async (child) => {
  child.kill("SIGKILL");
  await ended(child);
};

const phone = (extension, dialer, suffix) => `
[[phone]]
extension = "${extension}"
server_ip = "${dialer.server_ip}"
phone_login = "${extension}${suffix}"
phone_pass = "test"
protocol = "SIP"
registration_password = "reg${extension}"
phone_full_name = "Extension ${extension}"
dialplan_number = "${extension}"
voicemail_id = "${extension}"
local_gmt = "-5.00"
outbound_cid = "7275550100"
`;

const user = (name, pass, level, more = "") => `
[[user]]
user = "${name}"
pass = "${pass}"
full_name = "User ${name}"
user_level = ${level}
user_group = "ADMIN"
${more}
`;

const RIGHTS = `api_allowed_functions = "ALL_FUNCTIONS"
vdc_agent_api_access = true
ast_admin_access = true
ast_delete_phones = true
modify_users = true`;

// The call centre; `close` stops it.
export class World {
  // Starts it with this number of agents (1001, …). Each has an extension (100, …) on every dialer and an alias (100x, …).
  static async open(agents = 3) {
    const world = new World();
    world.extensions = Array.from({ length: agents }, (_, number) => String(100 + number));
    world.folder = mkdtempSync(join(tmpdir(), "hotdesk-browser-"));
    try {
      await world.#begin();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  dialers = [];

  async #begin() {
    for (const [number, suffix] of SUFFIXES.entries()) {
      const words = ["simulate", "--dialers", "1", "--listen", "127.0.0.1:0", "--lines", [...this.extensions, ...FREE].join(","), "--answer-after", "300"];
      const { child, found } = await start(this.folder, words, /^simulated dialer: 127\.0\.0\.1:(\d+)/, {
        HOTDESK_AMI_SECRET: SECRET,
      });
      this.dialers.push({ name: `dialer-${suffix}`, server_ip: `10.0.9.${number + 1}`, port: found, process: child });
    }
    writeFileSync(join(this.folder, "fleet.toml"), this.#fleet());
    run(this.folder, "apply", "fleet.toml");
    await this.startServer();
  }

  // Starts the server, at the same address if it ran before.
  async startServer() {
    const listen = this.address?.replace("http://", "") ?? "127.0.0.1:0";
    const { child, found } = await start(this.folder, ["serve", "--listen", listen, "--log", "warn"], /^ready: (.*)/);
    this.server = child;
    this.address = found;
  }

  async stopServer() {
    this.server.kill("SIGTERM");
    await ended(this.server);
  }

  #fleet() {
    const servers = this.dialers.map(({ name, server_ip, port }) => `
[[dialer]]
server_ip = "${server_ip}"
server_id = "${name}"
telnet_host = "127.0.0.1"
telnet_port = ${port}
ASTmgrUSERNAME = "hotdesk"
ASTmgrSECRET = "${SECRET}"
`);
    const phones = this.extensions.flatMap((extension) =>
      this.dialers.map((dialer, number) => phone(extension, dialer, SUFFIXES[number])),
    );
    const aliases = this.extensions.map((extension) => `
[[alias]]
alias_id = "${extension}x"
alias_name = "Desk ${extension}"
phone_logins = [${SUFFIXES.map((suffix) => `"${extension}${suffix}"`)}]
`);
    const group = '[[user_group]]\nuser_group = "ADMIN"\n';
    const users = [
      user(ADMIN.user, ADMIN.pass, 9, RIGHTS),
      user(SUPERVISOR.user, SUPERVISOR.pass, 7, 'api_allowed_functions = "ALL_FUNCTIONS"\nvdc_agent_api_access = true'),
      ...this.extensions.map((_, number) => user(String(1001 + number), "agent", 1, 'api_allowed_functions = ""')),
    ];
    return [...servers, group, ...users, ...phones, ...aliases].join("\n");
  }

  // Response of the Non-Agent API.
  async api(parameters) {
    const query = new URLSearchParams({ source: "browser", ...parameters });
    return (await fetch(`${this.address}/vicidial/non_agent_api.php?${query}`)).text();
  }

  // Adds a webhook. Its receiver does not exist, so its events wait.
  async subscribe(url) {
    const authorization = `Basic ${btoa(`${ADMIN.user}:${ADMIN.pass}`)}`;
    const reply = await fetch(`${this.address}/api/v1/webhooks`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ url }),
    });
    if (reply.status !== 201) throw new Error(`${reply.status} ${await reply.text()}`);
  }

  // Logs an agent in through the JSON API and waits until the phone is answered.
  async logIn(user, phone_login) {
    const reply = await fetch(`${this.address}/api/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=30" },
      body: JSON.stringify({ user, pass: "agent", phone_login, phone_pass: "test" }),
    });
    if (reply.status !== 201) throw new Error(`${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  // Kills a dialer, as a power cut would.
  async kill(name) {
    await stop(this.dialers.find((dialer) => dialer.name === name).process);
  }

  async close() {
    for (const child of [this.server, ...this.dialers.map((dialer) => dialer.process)].filter(Boolean)) await stop(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
