// Packs mpt for npm: one package for each system, and one that depends on all of them.
//
//     node packaging/npm/pack.mjs FOLDER linux-x64=target/release/mpt win32-x64=mpt.exe
//
// The version is that of Cargo.toml.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const [folder, ...programs] = process.argv.slice(2);
const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
const field = (name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(manifest)?.[1];
const shared = {
  version: field("version"),
  description: field("description"),
  license: field("license"),
  ...(field("repository") && { repository: field("repository") }),
};

function pack(name, files, more) {
  const place = mkdtempSync(join(tmpdir(), "mpt-npm-"));
  mkdirSync(join(place, "bin"));
  copyFileSync(join(root, "LICENSE"), join(place, "LICENSE"));
  copyFileSync(join(here, "README.md"), join(place, "README.md"));
  for (const [from, to] of files) {
    cpSync(from, join(place, to));
    chmodSync(join(place, to), 0o755);
  }
  writeFileSync(join(place, "package.json"), `${JSON.stringify({ name, ...shared, ...more }, null, 2)}\n`);
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", resolve(folder)], {
    cwd: place,
    stdio: "inherit",
    // There it is a script.
    shell: process.platform === "win32",
  });
}

for (const program of programs) {
  const [system, path] = program.split("=");
  if (!SYSTEMS.includes(system) || !path) throw new Error(`${program}: write SYSTEM=PATH; systems: ${SYSTEMS.join(", ")}`);
  const [os, cpu] = system.split("-");
  const name = os === "win32" ? "mpt.exe" : "mpt";
  pack(`mpt-webhooks-${system}`, [[path, `bin/${name}`]], { os: [os], cpu: [cpu] });
}
pack("mpt-webhooks", [[join(here, "bin/mpt.js"), "bin/mpt.js"]], {
  bin: { mpt: "bin/mpt.js" },
  keywords: ["softwareone", "marketplace", "webhook", "cli"],
  engines: { node: ">=18" },
  optionalDependencies: Object.fromEntries(SYSTEMS.map((system) => [`mpt-webhooks-${system}`, shared.version])),
});
