#!/bin/bash
# Made the shards of the worked example, with git and ssh-keygen alone, so that Skerry's own code is compared with something else: `fleet.json`
# gets its number of shards, then fleet commit, tag and branch trust are made again, and each shard a step with the site commits of release 1.
# Usage: make-shards.sh <vectors.json> <fleet.bundle> <new vectors.json> <new fleet.bundle>
set -euo pipefail
vectors=$1 bundle=$2 new_vectors=$3 new_bundle=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --mirror "$bundle" "$work/fleet.git"
cp "$vectors" "$work/vectors.json"
field() { python3 -c 'import json, sys; value = json.load(open(sys.argv[1])); [value := value[int(key) if key.isdigit() else key] for key in sys.argv[2:]]; sys.stdout.write(value)' "$work/vectors.json" "$@"; }
field privateKey > "$work/key" && chmod 600 "$work/key"
export GIT_DIR=$work/fleet.git GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
seconds=1795000000
export GIT_AUTHOR_NAME=Skerry GIT_AUTHOR_EMAIL=skerry@fleet.invalid GIT_AUTHOR_DATE="$seconds +0000"
export GIT_COMMITTER_NAME=Skerry GIT_COMMITTER_EMAIL=skerry@fleet.invalid GIT_COMMITTER_DATE="$seconds +0000"
sign() { ssh-keygen -q -Y sign -f "$work/key" -n git < "$1" 2>/dev/null; }

# The fleet commit, with the number of shards in fleet.json.
json=$(printf '{"fleet":"airports","format":"skerry.fleet/1","shards":16}\n' | git hash-object -w --stdin)
tree=$(git ls-tree fleet | sed "s/blob [0-9a-f]*\tfleet.json/blob $json\tfleet.json/" | git mktree)
fleet=$(git log -1 --format=%B fleet | sed '$d' | git commit-tree "$tree")
git update-ref refs/heads/fleet "$fleet"

# The tag of the release: its payload, then the signature, as git's own tags have it.
git cat-file tag release/1 | sed -n '/^-----BEGIN/q;p' | sed "1s/.*/object $fleet/" > "$work/tag"
sign "$work/tag" >> "$work/tag.signature" && cat "$work/tag" "$work/tag.signature" > "$work/tag.signed"
tag=$(git hash-object -t tag -w "$work/tag.signed")
git update-ref refs/tags/release/1 "$tag"

# Branch trust, with that tag.
blob=$(git hash-object -w "$work/tag.signed")
releases=$(git ls-tree trust:releases | sed "s/blob [0-9a-f]*\t1.tag/blob $blob\t1.tag/" | git mktree)
tree=$(git ls-tree trust | sed "s/tree [0-9a-f]*\treleases/tree $releases\treleases/" | git mktree)
trust=$(git log -1 --format=%B trust | sed '$d' | git commit-tree "$tree")
git update-ref refs/heads/trust "$trust"

# A step of each shard. The shard of a site among 16: the upper four bits of the SHA-256 of its id.
empty=$(git hash-object -t tree -w /dev/null)
shard_of() { printf '0%s\n' "$(printf %s "$1" | sha256sum | cut -c1)"; }
sites=$(git for-each-ref --format='%(refname:lstrip=3)' refs/heads/sites | sort)
for shard in $(for site in $sites; do shard_of "$site"; done | sort -u); do
  parents=() count=0
  : > "$work/heads"
  for site in $sites; do
    [ "$(shard_of "$site")" = "$shard" ] || continue
    commit=$(git rev-parse "sites/$site")
    echo "$site $commit" >> "$work/heads"
    parents+=(-p "$commit")
    count=$((count + 1))
  done
  tree=$(printf '100644 blob %s\theads\n' "$(git hash-object -w "$work/heads")" | git mktree)
  gather=$(echo gather | git commit-tree "$empty" "${parents[@]}")
  printf 'shard %s: %s sites\n\nSkerry-Fleet: airports\nSkerry-Shard: %s\nSkerry-Sites-Moved: %s\n' "$shard" "$count" "$shard" "$count" > "$work/message"
  git cat-file commit "$(git commit-tree "$tree" -p "$gather" < "$work/message")" > "$work/payload"
  # git puts the signature behind the committer, each further line after a space.
  { sed '/^$/,$d' "$work/payload"; sign "$work/payload" | sed '1s/^/gpgsig /; 2,$s/^/ /'; sed -n '/^$/,$p' "$work/payload"; } > "$work/commit"
  id=$(git hash-object -t commit -w "$work/commit")
  git update-ref "refs/heads/shards/$shard" "$id"
  python3 - "$work/shards.json" "$shard" "$id" "$gather" "$work/heads" "$work/commit" <<'PYTHON'
import json, os, sys
path, shard, commit, gather, heads, raw = sys.argv[1:]
shards = json.load(open(path)) if os.path.exists(path) else []
shards.append({"shard": shard, "commit": commit, "gather": gather, "heads": open(heads).read(), "raw": open(raw).read()})
json.dump(shards, open(path, "w"))
PYTHON
done

python3 - "$work" "$fleet" "$tag" "$trust" <<'PYTHON'
import json, sys
work, fleet, tag, trust = sys.argv[1:]
vectors = json.load(open(f"{work}/vectors.json"))
vectors["fleetCommit"] = fleet
vectors["tag"] = {"id": tag, "raw": open(f"{work}/tag.signed").read()}
vectors["trust"]["branch"] = trust
vectors["shards"] = json.load(open(f"{work}/shards.json"))
json.dump(vectors, open(f"{work}/vectors.json", "w"), indent=1, ensure_ascii=False)
open(f"{work}/vectors.json", "a").write("\n")
PYTHON

# What was made stands before git and ssh-keygen.
printf 'skerry@fleet.invalid %s\n' "$(field publicKey)" > "$work/signers"
verify=(-c gpg.format=ssh -c "gpg.ssh.allowedSignersFile=$work/signers")
git fsck --strict --no-dangling
git "${verify[@]}" verify-tag release/1 2>/dev/null
for ref in $(git for-each-ref --format='%(refname)' refs/heads/sites refs/heads/shards); do git "${verify[@]}" verify-commit "$ref" 2>/dev/null; done
git bundle create --quiet "$work/fleet.bundle" --all
cp "$work/vectors.json" "$new_vectors" && cp "$work/fleet.bundle" "$new_bundle"
