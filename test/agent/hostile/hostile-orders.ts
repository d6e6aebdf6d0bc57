import { limits } from "../../../core/index.ts";
import { GIT_NAMESPACE, signSsh } from "../../../trust/index.ts";
import { signedSiteCommit, siteCommitPayload } from "../../../wire/index.ts";
import { digestOf, siteFiles } from "../fixtures/forge.ts";
import { type Attacks, FIRST, NEXT, SITE, type Stage } from "./hostile-stage.ts";

/** Attacks by what the commit says and who signed it, in the order in which they are judged (A5). */

const GPGSIG = /gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/;

function signedAs(stage: Stage, namespace: string, text?: Buffer): Buffer {
  const payload = siteCommitPayload(stage.order());
  return signedSiteCommit(payload, signSsh(stage.forge.key("promote"), namespace, text ?? payload));
}

/** Changes the bytes inside the armor of the signature. */
function armored(stage: Stage, edit: (bytes: Buffer) => Buffer): Buffer {
  return stage.edited((text) => {
    const body = /BEGIN SSH SIGNATURE-----\n([\s\S]*?) -----END/.exec(text)?.[1] as string;
    const bytes = edit(Buffer.from(body.replaceAll(/\s/g, ""), "base64")).toString("base64");
    return text.replace(body, `${(bytes.match(/.{1,70}/g) as string[]).map((line) => ` ${line}\n`).join("")}`);
  });
}

export const GRAMMAR: Attacks = {
  "T10: a second signature header": ["bad-commit", (stage) => stage.edited((text) => text.replace(GPGSIG, (header) => header + header))],
  "T10: a second signature under another header": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace(GPGSIG, (header) => header + header.replace("gpgsig", "gpgsig-sha256"))),
  ],
  "T10: two tree headers": ["bad-commit", (stage) => stage.edited((text) => text.replace("\n", `\ntree ${stage.forge.tree(FIRST)}\n`))],
  "T10: a header that git does not check": ["bad-commit", (stage) => stage.edited((text) => text.replace("\n\n", "\nencoding latin1\n\n"))],
  "T10: two parents": [
    "bad-commit",
    (stage) => {
      const parent = stage.forge.promote(SITE, stage.signed({ seconds: 7 }));
      return Buffer.from(
        stage.signed({ parent }).toString("latin1").replace(`parent ${parent}\n`, `parent ${parent}\nparent ${parent}\n`),
        "latin1",
      );
    },
  ],
  "T10: bytes after the last trailer": ["bad-commit", (stage) => stage.edited((text) => `${text}Skerry-Tree: sha256:${"0".repeat(64)}\n`)],
  "T10: no end of the last line": ["bad-commit", (stage) => stage.edited((text) => text.trimEnd())],
  "T10: lines that end as on Windows": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace(/\n\n[\s\S]*/, (body) => body.replaceAll("\n", "\r\n"))),
  ],
  "T10: a NUL in the message": ["bad-commit", (stage) => stage.edited((text) => text.replace("release 2", "release\u00002"))],
  "T10: a letter that is not ASCII": ["bad-commit", (stage) => stage.edited((text) => text.replace("Skerry-Fleet", "Sk\u00ebrry-Fleet"))],
  "T10: trailers in another order": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace(/(Skerry-Seq.*\n)(Skerry-Release.*\n)/, "$2$1")),
  ],
  "T10: a trailer twice": ["bad-commit", (stage) => stage.edited((text) => text.replace(/Skerry-Seq.*\n/, (line) => line + line))],
  "T10: a trailer that nobody knows": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace("Skerry-Proof", "Skerry-Force: yes\nSkerry-Proof")),
  ],
  "T10: a trailer too few": ["bad-commit", (stage) => stage.edited((text) => text.replace(/Skerry-Proof: .*\n/, ""))],
  "T10: a seq with a leading zero": ["bad-commit", (stage) => stage.edited((text) => text.replace("Skerry-Seq: 6", "Skerry-Seq: 06"))],
  "T10: seq 0": ["bad-commit", (stage) => stage.edited((text) => text.replace("Skerry-Seq: 6", "Skerry-Seq: 0"))],
  "T10: a seq above 2^53": ["bad-commit", (stage) => stage.edited((text) => text.replace("Skerry-Seq: 6", "Skerry-Seq: 9007199254740993"))],
  "T10: another author": ["bad-commit", (stage) => stage.edited((text) => text.replace("author Skerry", "author Mallory"))],
  "T10: a committer of another time": ["bad-commit", (stage) => stage.edited((text) => text.replace(/(committer .*> )\d+/, "$11"))],
  "T10: no author": ["bad-commit", (stage) => stage.edited((text) => text.replace(/author .*\n/, ""))],
  "T10: two authors": ["bad-commit", (stage) => stage.edited((text) => text.replace(/author .*\n/, (line) => line + line))],
  "T10: no end of the header": ["bad-commit", (stage) => stage.edited((text) => text.slice(0, text.indexOf("\n\n")))],
  "T10: a subject for another site": ["bad-commit", (stage) => stage.edited((text) => text.replace("eddm: release", "kjfk: release"))],
  "T23: a time in the year 2100": ["bad-commit", (stage) => stage.edited((text) => text.replaceAll("1795000006", "4102444800"))],
  "T23: a time in the year 30,000": ["bad-commit", (stage) => stage.edited((text) => text.replaceAll("1795000006", "900000000000"))],
  "T23: a time beyond all numbers": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replaceAll("1795000006", "99999999999999999999")),
  ],
  "T7: a commit of 17 KB": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace("Skerry-Fleet", `${"x".repeat(17_000)}\nSkerry-Fleet`)),
  ],
  "T1: a ref that names a blob": ["bad-commit", (stage) => stage.blob("I am a commit")],
  "T1: a ref that names a tree": ["bad-commit", (stage) => stage.forge.tree(NEXT)],
  "T1: a ref that names a tag": [
    "bad-commit",
    (stage) => {
      const commit = stage.forge.object("commit", stage.signed());
      const tag = (stage.forge.trustFiles.get("releases/2.tag") as Buffer).toString("latin1");
      return stage.forge.object("tag", tag.replace(/^object .*/, `object ${commit}`));
    },
  ],
};

export const SIGNATURES: Attacks = {
  "T1: an unsigned commit": ["unsigned", (stage) => siteCommitPayload(stage.order())],
  "T1: a key that nobody knows": ["unknown-key", (stage) => stage.signed({}, stage.stranger)],
  "T11: the release key, which may not promote": ["wrong-role", (stage) => stage.signed({}, stage.forge.key("release"))],
  "T11: the root key, which may not promote": ["wrong-role", (stage) => stage.signed({}, stage.forge.key("root"))],
  "T10: a signature that was made for something else": ["wrong-namespace", (stage) => signedAs(stage, "ssh")],
  "T10: the namespace of trust documents": ["bad-commit", (stage) => signedAs(stage, "skerry-trust")],
  "T1: the signature of another commit": [
    "bad-signature",
    (stage) => signedAs(stage, GIT_NAMESPACE, siteCommitPayload(stage.order({ seconds: 1 }))),
  ],
  "T1: another tree after the signature": [
    "bad-signature",
    (stage) => stage.edited((text) => text.replace(/^tree .*/, `tree ${stage.forge.tree(FIRST)}`)),
  ],
  "T1: another seq after the signature": ["bad-signature", (stage) => stage.edited((text) => text.replace("Seq: 6", "Seq: 7"))],
  "T1: another time after the signature": ["bad-signature", (stage) => stage.edited((text) => text.replaceAll("1795000006", "1795000007"))],
  "T1: a parent put in after the signature": [
    "bad-signature",
    (stage) => {
      const parent = stage.forge.object("commit", stage.signed({ seconds: 7 }));
      return stage.edited((text) => text.replace("\nauthor", `\nparent ${parent}\nauthor`));
    },
  ],
  "T10: SSHSIG version 2": ["bad-signature", (stage) => armored(stage, (bytes) => replacedAt(bytes, 9, 2))],
  "T10: a bit flipped in the signature": ["bad-signature", (stage) => armored(stage, (bytes) => replacedAt(bytes, bytes.length - 1, 0x55))],
  "T10: the key of the signature exchanged": [
    "bad-signature",
    (stage) =>
      armored(stage, (bytes) => {
        const own = Buffer.from(stage.forge.key("promote").publicKey.line.split(" ")[1] as string, "base64").subarray(-32);
        const other = Buffer.from(stage.stranger.publicKey.line.split(" ")[1] as string, "base64").subarray(-32);
        const changed = Buffer.from(bytes);
        other.copy(changed, bytes.indexOf(own));
        return changed;
      }),
  ],
  "T10: armor of one long line": [
    "bad-commit",
    (stage) => stage.edited((text) => text.replace(/(BEGIN SSH SIGNATURE-----\n [^\n]*)\n /, "$1")),
  ],
  "T3: a commit for another fleet": ["wrong-fleet", (stage) => stage.signed({ fleet: "harbours" })],
  "T3: the genuine commit of another site": [
    "wrong-site",
    ({ forge }) => {
      const sites: [string, string][] = [
        [SITE, digestOf(NEXT)],
        ["kjfk", digestOf(NEXT)],
      ];
      forge.release(3, new Map(sites));
      forge.publishTrust();
      return forge.signed(forge.commit("kjfk", 3, 6, forge.tree(NEXT)));
    },
  ],
  "T3: a commit for another site": ["wrong-site", (stage) => stage.signed({ site: "kjfk" })],
};

export const RELEASES: Attacks = {
  "T1: the proof of another leaf": ["bad-proof", (stage) => stage.signed({ proof: { index: 0, hashes: stage.order().proof.hashes } })],
  "T1: an empty proof": ["bad-proof", (stage) => stage.signed({ proof: { index: 0, hashes: [] } })],
  "T1: a place in the proof beyond all numbers": [
    "bad-proof",
    (stage) => stage.signed({ proof: { index: Number.MAX_SAFE_INTEGER, hashes: stage.order().proof.hashes } }),
  ],
  "T1: a tree that was never released": [
    "bad-proof",
    (stage) => {
      const files = siteFiles("never released");
      return stage.signed({ tree: stage.forge.tree(files), treeDigest: digestOf(files) });
    },
  ],
  "T11: a release tag by a key without the role": ["release-not-signed", (stage) => stage.tagged({}, stage.forge.key("promote"))],
  "T11: a release tag by a stranger": ["release-not-signed", (stage) => stage.tagged({}, stage.stranger)],
  "T3: a release tag of another fleet": ["wrong-release", (stage) => stage.tagged({ fleet: "harbours" })],
  "T2: the tag of another release under this one's name": [
    "wrong-release",
    (stage) => stage.trusting((files) => files.set("releases/2.tag", files.get("releases/1.tag") as Buffer)),
  ],
  "T1: a tag with a line too many": [
    "bad-tag",
    (stage) =>
      stage.trusting((files) =>
        files.set(
          "releases/2.tag",
          edit(files, (tag) => tag.replace("\nSkerry-So", "\nSkerry-Extra: 1\nSkerry-So")),
        ),
      ),
  ],
  "T10: a tag with two signatures in it": [
    "bad-tag",
    (stage) =>
      stage.trusting((files) =>
        files.set(
          "releases/2.tag",
          edit(files, (tag) => tag + tag.slice(tag.indexOf("-----BEGIN"))),
        ),
      ),
  ],
  "T23: a tag of the year 2100": [
    "bad-tag",
    (stage) =>
      stage.trusting((files) =>
        files.set(
          "releases/2.tag",
          edit(files, (tag) => tag.replace("1795000000", "4102444800")),
        ),
      ),
  ],
  "T7: a tag of 17 KB": ["bad-tag", (stage) => stage.trusting((files) => files.set("releases/2.tag", Buffer.alloc(17_000, "x")))],
  "T2: a release whose tag has not come yet": [
    "release-not-yet-known",
    (stage) => stage.trusting((files) => files.delete("releases/2.tag")),
  ],
  "T2: the ref pushed back to the commit before": ["rollback", ({ forge }) => forge.signed(forge.commit(SITE, 1, 4, forge.tree(FIRST)))],
  "T2: a lower seq": ["rollback", (stage) => stage.signed({ seq: 4 })],
  "T2: the same seq with another tree": ["seq-conflict", (stage) => stage.signed({ seq: 5 })],
  "T2: the same seq with the same tree": [
    "seq-conflict",
    ({ forge }) => forge.signed(forge.commit(SITE, 1, 5, forge.tree(FIRST), { seconds: 9 })),
  ],
  "T6: a seq far above all others": ["seq-jump", (stage) => stage.signed({ seq: 5 + limits.seqJump + 1 })],
  "T6: the highest seq there is": ["seq-jump", (stage) => stage.signed({ seq: Number.MAX_SAFE_INTEGER })],
};

function edit(files: ReadonlyMap<string, Buffer>, change: (tag: string) => string): Buffer {
  return Buffer.from(change((files.get("releases/2.tag") as Buffer).toString("latin1")), "latin1");
}

function replacedAt(bytes: Buffer, place: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = value;
  return changed;
}
