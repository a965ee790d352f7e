#!/usr/bin/env bash
# Prints what follows from code: OpenAPI documents, TypeScript types, docs and the
# schema snapshot. With --check it changes nothing and fails when a committed
# file differs.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$(mktemp -d "${TMPDIR:-/tmp}/shuke-generate.XXXXXX")
trap 'rm -rf "$out"' EXIT

go run ./cmd/shuke openapi --dir "$out/api" >/dev/null
go run ./test/tools/docs -out "$out" >/dev/null
mkdir -p "$out/web/packages/api/src"
for doc in "$out"/api/*.json; do
	name=$(basename "$doc" .json)
	(cd web && npx --no-install openapi-typescript "$doc" -o "$out/web/packages/api/src/$name.ts" >/dev/null)
done

# The schema snapshot is written in place; its own test holds it.
[ "${1:-}" = --check ] || go generate ./schema

stale=0
while IFS= read -r file; do
	cmp -s "$out/$file" "$file" && continue
	if [ "${1:-}" = --check ]; then
		stale=1
		echo "out of date: $file" >&2
		diff -u "$file" "$out/$file" 2>&1 | head -n 20 >&2 || true
	else
		mkdir -p "$(dirname "$file")"
		cp "$out/$file" "$file"
		echo "$file"
	fi
done < <(cd "$out" && find . -type f | sed 's|^\./||' | LC_ALL=C sort)

if [ "$stale" = 1 ]; then
	echo 'Run "make generate" and commit the result.' >&2
	exit 1
fi
