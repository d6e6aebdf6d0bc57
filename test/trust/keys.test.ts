import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson, type Random } from "../../core/index.ts";
import {
  generateSigningKey,
  parsePublicKey,
  readSigningKey,
  type SigningKey,
  signSsh,
  SshSigner,
  verifySsh,
  writePublicKeyLine,
  writeSigningKey,
} from "../../trust/index.ts";
import { fingerprintOf } from "../../trust/public-key.ts";
import { given } from "../wire/read-result.ts";

const vectors = JSON.parse(readFileSync(new URL("../wire/vectors/vectors.json", import.meta.url), "utf8"));
const SEED = Buffer.alloc(32, 7);
const fixed = (bytes: Buffer): Random => ({ bytes: () => bytes, fraction: () => 0 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "skerry-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function place(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function keygen(...args: string[]): string {
  return execFileSync("ssh-keygen", args, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

describe("OpenSSH keys", () => {
  test("reads the vector's key and writes the same private file and public line", () => {
    const key = given(readSigningKey(vectors.privateKey));
    expect(writeSigningKey(key, fixed(Buffer.from("5eed5eed", "hex")))).toBe(vectors.privateKey);
    expect(writePublicKeyLine(key)).toBe(`${vectors.publicKey}\n`);
    expect(key.publicKey.fingerprint).toBe(Object.keys(JSON.parse(vectors.trust.document).signed.keys)[0]);
  });

  test("ssh-keygen reads our keys with the same public line and fingerprint", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9@. -]{0,30}$/), fc.uint8Array({ minLength: 32, maxLength: 32 }), (comment, seed) => {
        const key = generateSigningKey(comment.trim(), fixed(Buffer.from(seed)));
        const path = place("ours", writeSigningKey(key));
        expect(keygen("-y", "-f", path)).toBe(writePublicKeyLine(key));
        expect(keygen("-l", "-f", path)).toContain(`${key.publicKey.fingerprint} `);
      }),
      { numRuns: 10 },
    );
  });

  test("reads keys of ssh-keygen with every length of padding", () => {
    for (const comment of ["", "a", "ab", "abcdefgh", "max@müller.example"]) {
      const path = join(folder, `theirs-${comment.length}`);
      keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path);
      const key = given(readSigningKey(readFileSync(path, "utf8")));
      expect(writePublicKeyLine(key)).toBe(readFileSync(`${path}.pub`, "utf8").replace(/ \n$/, "\n"));
      expect(key.comment).toBe(comment);
      expect(given(readSigningKey(writeSigningKey(key))).comment).toBe(comment);
    }
  });

  test("an encrypted key, another key type and another file are refused with a next step and never quoted", () => {
    const encrypted = join(folder, "encrypted");
    keygen("-q", "-t", "ed25519", "-N", "secret words", "-f", encrypted);
    const rsa = join(folder, "rsa");
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa);
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM", "-f", join(folder, "pem"));
    const faults = [encrypted, rsa, join(folder, "pem"), `${rsa}.pub`].map((path) => {
      const text = readFileSync(path, "utf8");
      const read = readSigningKey(text);
      const fault = "fault" in read ? read.fault : "";
      for (const line of text.split("\n").filter((each) => each.length > 30 && !each.startsWith("-"))) expect(fault).not.toContain(line);
      return fault;
    });
    expect(faults).toMatchInlineSnapshot(`
[
  "is encrypted with a passphrase, which is not supported; remove the passphrase from a copy with \`ssh-keygen -p -N '' -f <copy>\`",
  "is a key of type "ssh-rsa"; only ssh-ed25519 is supported: make one with \`skerry keys\` or \`ssh-keygen -t ed25519\`",
  "is a "RSA PRIVATE KEY" file, not an OpenSSH private key; make one with \`skerry keys\` or \`ssh-keygen -t ed25519\`",
  "is not a well-formed OpenSSH private key; make one with \`skerry keys\` or \`ssh-keygen -t ed25519\`",
]
`);
    expect(parsePublicKey(readFileSync(`${rsa}.pub`, "utf8"))).toEqual({
      fault: 'is a key of type "ssh-rsa"; only ssh-ed25519 is supported',
    });
  });

  test("a private key file with a changed byte is never read as another key", () => {
    const key = given(readSigningKey(vectors.privateKey));
    const seed = (each: SigningKey) => each.privateKey.export({ format: "der", type: "pkcs8" }).toString("hex");
    const raw = Buffer.from(vectors.privateKey.replaceAll(/-----.*-----|\n/g, ""), "base64");
    const armor = (bytes: Buffer) =>
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${(bytes.toString("base64").match(/.{1,70}/g) ?? []).join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
    expect(armor(raw)).toBe(vectors.privateKey);
    for (let place = 0; place < raw.length; place++) {
      const changed = Buffer.from(raw);
      changed[place] = (changed[place] as number) ^ 1;
      const read = readSigningKey(armor(changed));
      if ("value" in read) expect([seed(read.value), read.value.comment]).toEqual([seed(key), expect.not.stringMatching(/^vectors$/)]);
    }
    for (const text of [
      vectors.privateKey.slice(0, -2),
      `${vectors.privateKey}\n`,
      ` ${vectors.privateKey}`,
      "",
      armor(raw.subarray(0, -1)),
    ]) {
      expect(readSigningKey(text)).toHaveProperty("fault");
    }
  });

  test("a public key line is read with or without a comment, in one encoding only", () => {
    const key = generateSigningKey("someone", fixed(SEED));
    const { line, fingerprint, blob } = key.publicKey;
    expect(fingerprintOf(blob)).toBe(fingerprint);
    for (const text of [line, `${line}\n`, `${line} a comment of words`])
      expect(given(parsePublicKey(text))).toMatchObject({ line, fingerprint });
    for (const text of [
      "",
      "ssh-ed25519",
      `${line} a\nb`,
      `${line}=`,
      line.slice(0, -1),
      ` ${line}`,
      `${line}\n${line}`,
      line.replace("AAAAC3", "AAAAC4"),
      `${line.slice(0, -4)}AAAAAAAA`,
    ]) {
      expect(parsePublicKey(text)).toHaveProperty("fault");
    }
  });

  test("printing or serializing a signing key does not reveal its secret", () => {
    const key = generateSigningKey("someone", fixed(SEED));
    const shown = `${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`;
    for (const encoding of ["hex", "base64", "base64url"] as const) expect(shown).not.toContain(SEED.toString(encoding).slice(0, 20));
    expect(shown).not.toContain("7, 7, 7, 7");
  });
});

describe("SSH signatures", () => {
  const key = generateSigningKey("signer", fixed(SEED));
  const message = Buffer.from("what is signed\n");

  test("reproduces the vectors' signatures and verifies them", () => {
    const signer = given(readSigningKey(vectors.privateKey));
    for (const [text, namespace] of [
      [vectors.trust.document, "skerry-trust"],
      [vectors.report, "skerry-report"],
    ] as const) {
      const document = JSON.parse(text);
      const bytes = Buffer.from(canonicalJson(document.signed));
      expect(signSsh(signer, namespace, bytes)).toBe(document.signatures[0].signature);
      expect(verifySsh(document.signatures[0].signature, namespace, bytes)).toMatchObject({ fingerprint: document.signatures[0].key });
    }
  });

  test("ssh-keygen makes the same signature and accepts ours", () => {
    const path = place("signer", writeSigningKey(key));
    const signers = place("signers", `someone ${writePublicKeyLine(key)}`);
    for (const length of [0, 1, 100, 5000]) {
      const bytes = Buffer.alloc(length, "x");
      const theirs = execFileSync("ssh-keygen", ["-Y", "sign", "-f", path, "-n", "git"], {
        input: bytes,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "pipe"],
      });
      expect(`${signSsh(key, "git", bytes)}\n`).toBe(theirs);
      expect(verifySsh(theirs, "git", bytes)).toMatchObject({ fingerprint: key.publicKey.fingerprint });
      const check = (input: Buffer) =>
        spawnSync(
          "ssh-keygen",
          ["-Y", "verify", "-f", signers, "-I", "someone", "-n", "git", "-s", place("sig", signSsh(key, "git", bytes))],
          { input },
        ).status;
      expect([check(bytes), check(Buffer.concat([bytes, Buffer.of(1)]))]).toEqual([0, 255]);
    }
  });

  test("a signer that signed other messages before gives the same signature as a new one", () => {
    const signer = new SshSigner(key, "git");
    const messages = Array.from({ length: 50 }, (_, index) => Buffer.from(`message ${index}`.repeat(index)));
    expect(messages.map((each) => signer.sign(each))).toEqual(messages.map((each) => signSsh(key, "git", each)));
  });

  test("other bytes, another namespace and another key's name are refused", () => {
    const signature = signSsh(key, "git", message);
    expect(verifySsh(signature, "git", Buffer.from("what is signed"))).toMatchObject({ refusal: "bad-signature" });
    expect(verifySsh(signature, "skerry-trust", message)).toEqual({
      refusal: "wrong-namespace",
      fault: 'the signature is for "git", not for "skerry-trust"',
    });
    const other = generateSigningKey("other", fixed(Buffer.alloc(32, 8)));
    const swapped = rearmor(signature, (blob) => void other.publicKey.blob.copy(blob, 14));
    expect(verifySsh(swapped, "git", message)).toEqual({
      refusal: "bad-signature",
      fault: "the signature does not match the signed bytes",
    });
  });

  test("a signature with any changed byte is refused, in the armor or inside it", () => {
    const signature = signSsh(key, "git", message);
    const length = Buffer.from(signature.replaceAll(/-----.*-----|\n/g, ""), "base64").length;
    for (let place = 0; place < length; place++) {
      const changed = rearmor(signature, (blob) => {
        blob[place] = (blob[place] as number) ^ 1;
      });
      expect(verifySsh(changed, "git", message)).toHaveProperty("fault");
    }
    for (let place = 0; place < signature.length; place++) {
      for (const character of ["A", "=", "\n", " ", "-"]) {
        const changed = signature.slice(0, place) + character + signature.slice(place + 1);
        if (changed !== signature) expect(verifySsh(changed, "git", message)).toHaveProperty("fault");
      }
    }
  });

  test("accepts one value only for version, reserved field, hash, key type and end of the signature", () => {
    const faults = (
      [
        ["version 2", (b: Buffer) => void b.writeUInt32BE(2, 6)],
        ["no magic", (b: Buffer) => void b.write("SSHSIX", 0)],
      ] as const
    ).map(([name, change]) => [name, verifySsh(rearmor(signSsh(key, "git", message), change), "git", message)]);
    expect(faults).toEqual([
      ["version 2", { refusal: "bad-signature", fault: "the signature is not of SSHSIG version 1" }],
      ["no magic", { refusal: "bad-signature", fault: "the signature is not an SSHSIG" }],
    ]);
    const built = (change: Partial<Parts>) =>
      verifySsh(armor(blobOf({ ...parametersOf(signSsh(key, "git", message)), ...change })), "git", message);
    expect(built({})).toHaveProperty("fingerprint");
    expect(built({ reserved: "x" })).toHaveProperty("fault", "the signature has a reserved field that is not empty");
    expect(built({ hash: "sha256" })).toHaveProperty("fault", "the signature does not use sha512");
    expect(built({ tail: Buffer.of(0) })).toHaveProperty("fault", "the signature has bytes after its end");
    expect(built({ innerTail: Buffer.of(0) })).toHaveProperty("fault", "the signature is truncated or of another type than its key");
    expect(built({ type: "ssh-rsa" })).toHaveProperty("fault", "the signature is truncated or of another type than its key");
  });

  test("a signature by RSA or over a SHA-256 hash, as ssh-keygen makes it, is refused", () => {
    const rsa = join(folder, "rsa-signer");
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa);
    const sign = (...args: string[]) =>
      execFileSync("ssh-keygen", ["-Y", "sign", "-n", "git", ...args], {
        input: message,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "pipe"],
      });
    expect(verifySsh(sign("-f", rsa), "git", message)).toHaveProperty("fault", "the signature is not by an ssh-ed25519 key");
    const path = place("signer-256", writeSigningKey(key));
    expect(verifySsh(sign("-f", path, "-O", "hashalg=sha256"), "git", message)).toHaveProperty(
      "fault",
      "the signature does not use sha512",
    );
  });
});

interface Parts {
  reserved: string;
  hash: string;
  type: string;
  tail: Buffer;
  innerTail: Buffer;
  publicBlob: Buffer;
  signature: Buffer;
}

function parametersOf(signature: string): Parts {
  const blob = Buffer.from(signature.replaceAll(/-----.*-----|\n/g, ""), "base64");
  const none = Buffer.alloc(0);
  return {
    reserved: "",
    hash: "sha512",
    type: "ssh-ed25519",
    tail: none,
    innerTail: none,
    publicBlob: blob.subarray(14, 65),
    signature: blob.subarray(-64),
  };
}

function blobOf(parts: Parts): Buffer {
  const text = (value: string | Buffer) => {
    const bytes = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const inner = Buffer.concat([text(parts.type), text(parts.signature), parts.innerTail]);
  const fields = [text(parts.publicBlob), text("git"), text(parts.reserved), text(parts.hash), text(inner), parts.tail];
  return Buffer.concat([Buffer.from("SSHSIG\0\0\0\x01", "latin1"), ...fields]);
}

function armor(blob: Buffer): string {
  return `-----BEGIN SSH SIGNATURE-----\n${(blob.toString("base64").match(/.{1,70}/g) ?? []).join("\n")}\n-----END SSH SIGNATURE-----`;
}

function rearmor(signature: string, change: (blob: Buffer) => void): string {
  const blob = Buffer.from(signature.replaceAll(/-----.*-----|\n/g, ""), "base64");
  change(blob);
  return armor(blob);
}
