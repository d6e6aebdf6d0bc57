import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasRandomWord, namesSecret, tryKnownSecret } from "../../synth/checks/secret-shapes.ts";
import {
  base,
  configMap,
  container,
  deployment,
  DIGEST,
  findings,
  found,
  type Json,
  labels,
  metadata,
  pods,
  unit,
} from "./rendered-unit.ts";

describe("secrets in plain text", () => {
  const canary = "hunter2-Zq9";
  const secret = { apiVersion: "v1", kind: "Secret", metadata: metadata("a") };
  const env = (name: string, value: string): Json => deployment(pods({}, container({ env: [{ name, value }] })));
  const shaped = [
    `AKIA${"Q7RTBCFGHIJKLMNO"}`,
    `ghp_${"aB3".repeat(12)}`,
    `-----BEGIN OPENSSH ${"PRIVATE"} KEY-----\nabc\n`,
    `postgres://boards:${canary}@db/flights`,
  ];

  test.each<[string, Json]>([
    ["data/password", { ...secret, data: { password: Buffer.from(canary).toString("base64") } }],
    ["stringData/a", { ...secret, stringData: { a: canary } }],
    ["env/DB_PASSWORD", env("DB_PASSWORD", canary)],
    ["env/API_KEY", env("API_KEY", canary)],
    ["env/ANY", env("ANY", `aB3dE5gH7jK9mN1pQ3sT5vX7zA2cF4hJ-${canary}`)],
    ["env/URL", env("URL", `https://boards:${canary}@hub.example`)],
    ["data/boards.conf", configMap({ "boards.conf": `host = a\npassword = ${canary}\n` })],
    ["data/boards.json", configMap({ "boards.json": `{\n  "apiToken": "${canary}",\n  "a": 1\n}` })],
    ["data/token", configMap({ token: canary })],
    ["annotations/note", configMap({}, { annotations: { note: `Bearer ${canary}${canary}${canary}` } })],
    ["args/0", deployment(pods({}, container({ args: [`--admin-password=${canary}`] })))],
    ["args/1", deployment(pods({}, container({ args: ["--token", `Basic ${Buffer.from(canary).toString("base64")}`] })))],
    ...shaped.map((text, at): [string, Json] => [`data/k${at}`, configMap({ [`k${at}`]: text })]),
  ])("%s is refused, and its value shown nowhere", (place, json) => {
    const all = findings(unit("app", json), base).filter(({ code }) => code === "plain-text-secret");
    expect(all.map(({ message }) => message.split(" ")[0])).toContain(place === "args/1" ? "args/0" : place);
    const said = JSON.stringify(all.map(({ object: _, ...rest }) => rest));
    for (const text of [canary, canary.slice(0, 5), Buffer.from(canary).toString("base64"), ...shaped]) expect(said).not.toContain(text);
  });

  test.each<[string, Json]>([
    ["a file's path", env("DB_PASSWORD_FILE", "/run/secrets/db")],
    ["a path under a secret's name", env("DB_PASSWORD", "/run/secrets/db")],
    ["a variable", env("DB_PASSWORD", "$(FROM_SECRET)")],
    ["a reference", deployment(pods({}, container({ env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }] })))],
    ["an empty value", env("TOKEN", "")],
    ["a switch", env("USE_TOKEN", "true")],
    ["a number of tokens", env("MAX_TOKENS", "4096")],
    ["a time to live", env("TOKEN_TTL", "300")],
    ["a digest", env("IMAGE", `registry.example/boards@${DIGEST}`)],
    ["a public key", configMap({ known: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuSJP0sbAYM0gCQx5l3ZJmD9eeikqVzjaqDmv13XENM a` })],
    [
      "a certificate",
      configMap({ "ca.crt": `-----BEGIN CERTIFICATE-----\n${"aB3dE5gH7jK9mN1pQ3sT5vX7zA2cF4hJ".repeat(2)}\n-----END CERTIFICATE-----\n` }),
    ],
    ["a long name", configMap({ a: "com.example.airports.DepartureBoardsConfigurationFactoryBean2" })],
    ["an empty Secret", { ...secret, data: {} }],
    ["a sealed value", { ...secret, stringData: { a: "ENC[AES256_GCM,data:x]" } }],
  ])("%s is none", (_what, json) => {
    expect(
      findings(unit("app", json), base).filter(({ code, severity }) => code === "plain-text-secret" && severity !== "warning"),
    ).toEqual([]);
  });

  test("are reported once each, with a place for the exception", () => {
    const places = (json: Json): string[] =>
      findings(unit("app", json), base)
        .filter(({ code }) => code === "plain-text-secret")
        .map(({ message, field }) => `${message.split(" ")[0]} at ${field}`);
    const key = `npm_${"aB3".repeat(12)}`;
    const containers = (rest: Json): string[] => places(deployment(pods({}, container(rest))));
    expect(containers({ command: ["run", key] })).toEqual(["command/1 at spec.template.spec.containers[0].command[1]"]);
    expect(containers({ args: [`--token=${key}`] })).toEqual(["args/0 at spec.template.spec.containers[0].args[0]"]);
    expect(containers({ env: [{ name: "TOKEN", value: key }] })).toEqual(["env/TOKEN at spec.template.spec.containers[0].env[0].value"]);
    const template = { metadata: { labels, annotations: { note: `password: ${canary}` } }, spec: pods() };
    expect(places(deployment(pods(), { template }))).toEqual(["annotations/note at spec.template.metadata.annotations.note"]);
    const panel = {
      apiVersion: "skerry.example/v1",
      kind: "Panel",
      metadata: metadata("a"),
      spec: { list: [{ key }] },
      data: { key: "x" },
    };
    expect(places(panel)).toEqual(["spec.list[0].key at spec.list[0].key"]);
    // Only a ConfigMap of the core group holds configuration.
    expect(places({ ...panel, kind: "ConfigMap", spec: {}, data: { password: canary } })).toEqual([]);
  });

  test("can be excepted with a place and a reason, and unused exceptions are reported", () => {
    const excused = (text: string): string[] =>
      found(unit("app", configMap({ "a.conf": "password = blue\n" }, { annotations: { "skerry/not-secret": text } })), base);
    expect(excused("data/a.conf: the name of a colour")).toEqual([]);
    expect(excused("data/a.conf:")).toHaveLength(2);
    expect(excused("data/a.conf: a colour\ndata/b.conf: another")).toEqual([
      'idle-not-secret metadata.annotations["skerry/not-secret"]: nothing at data/b.conf looks like a secret',
    ]);
    expect(excused("data/b.conf: another")).toHaveLength(2);
  });

  test("are distinguished from names by how often their character classes change", () => {
    expect([
      namesSecret("dbPassword"),
      namesSecret("x-api-key"),
      namesSecret("SECRET_KEY_BASE"),
      namesSecret("monkey"),
      namesSecret("primary_key"),
    ]).toEqual([true, true, true, false, false]);
    expect(tryKnownSecret("https://a:$(PASSWORD)@b")).toBeUndefined();
    const bytes = fc.uint8Array({ minLength: 30, maxLength: 60 });
    let caught = 0;
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(255)), (stream) => {
        const key = Buffer.from([...stream.take(33)]).toString("base64url");
        if (hasRandomWord(`key ${key} end`)) caught++;
      }),
      { numRuns: 300 },
    );
    expect(caught).toBeGreaterThan(270);
    fc.assert(fc.property(bytes, (some) => !hasRandomWord(Buffer.from(some).toString("hex"))));
  });
});
