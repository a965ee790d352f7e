#!/usr/bin/env bash
# Everything that has to hold, in one run. "make test" and .ci/run call it.
#
#   test/run.sh              all steps
#   test/run.sh go e2e       these steps only (web is built when a step needs it)
#
# Needs Go, Node and make. What else is missing (PostgreSQL's server programs, a
# Chromium, a Chinese font, a C compiler for the race detector) is installed with
# apt where that is possible, and named where it is not. PostgreSQL is started
# for this run only, on a socket in a temporary folder, and stopped at the end.
# SHUKE_TEST_POSTGRES may name a server to use instead.
set -euo pipefail
cd "$(dirname "$0")/.."

steps=(format vet architecture web go conformance generated e2e)
[ $# -gt 0 ] && steps=("$@")

work=$(mktemp -d "${TMPDIR:-/tmp}/shuke-test.XXXXXX")
pgdata=
pgbin=

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
wanted() {
	local s
	for s in "${steps[@]}"; do [ "$s" = "$1" ] && return 0; done
	return 1
}

# ---- what has to be there -------------------------------------------------

find_pgbin() {
	local p
	if have initdb && have pg_ctl; then
		dirname "$(readlink -f "$(command -v initdb)")"
		return
	fi
	for p in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -V -r); do
		[ -x "$p/initdb" ] && { echo "$p"; return; }
	done
	return 0
}

have_browser() {
	local b
	[ -z "${CHROMIUM:-}" ] || return 0
	for b in chromium chromium-browser google-chrome google-chrome-stable; do have "$b" && return 0; done
	return 1
}

have_chinese_font() { ! have fc-list || [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]; }

prepare() {
	local p missing=() packages=()
	for p in go node npm make; do have "$p" || missing+=("$p"); done
	if [ ${#missing[@]} -gt 0 ]; then
		echo "Please install first: ${missing[*]}" >&2
		exit 1
	fi
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
		{ echo "Node $(node -v) is too old: 20.19 or newer is needed." >&2; exit 1; }
	pgbin=$(find_pgbin)
	if wanted go || wanted e2e; then
		[ -n "$pgbin" ] || [ -n "${SHUKE_TEST_POSTGRES:-}" ] || packages+=(postgresql)
		have_browser || packages+=(chromium)
		have_browser && have_chinese_font || packages+=(fonts-noto-cjk)
	fi
	if wanted go; then
		have gcc || have clang || have cc || packages+=(gcc libc6-dev)
	fi
	if [ ${#packages[@]} -gt 0 ]; then
		install "${packages[@]}"
		pgbin=$(find_pgbin)
	fi
}

install() {
	local root=()
	if [ "$(id -u)" != 0 ]; then
		if have sudo && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(none); fi
	fi
	if ! have apt-get || [ "${root[0]:-}" = none ]; then
		echo "These programs are missing; please install them (Debian's names): $*" >&2
		exit 1
	fi
	say "apt: $*"
	# RUNLEVEL=1 keeps the package from starting a server of its own.
	if ! "${root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive sh -c \
		'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' apt "$@" >"$work/apt.log" 2>&1; then
		tail -n 20 "$work/apt.log" >&2
		echo "apt could not install: $*" >&2
		exit 1
	fi
}

# ---- a PostgreSQL of this run ---------------------------------------------

# PostgreSQL refuses to run as root: then user postgres runs it.
as_postgres() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif have runuser; then
		(cd / && runuser -u postgres -- "$@")
	else
		(cd / && su postgres -s /bin/sh -c '"$0" "$@"' -- "$@")
	fi
}

start_postgres() {
	[ -z "${SHUKE_TEST_POSTGRES:-}" ] || return 0
	# A socket's path has at most 107 bytes, so not under a long TMPDIR.
	pgdata=$(mktemp -d /tmp/shuke-pg.XXXXXX)
	[ "$(id -u)" != 0 ] || chown postgres "$pgdata"
	as_postgres "$pgbin/initdb" -D "$pgdata/data" -U shuke -A trust -E UTF8 --locale=C -N >"$work/initdb.log" 2>&1 ||
		{ cat "$work/initdb.log" >&2; exit 1; }
	# Nothing here outlives the run, so nothing waits for the disk.
	as_postgres "$pgbin/pg_ctl" -D "$pgdata/data" -l "$pgdata/log" -w -t 60 start \
		-o "-k $pgdata -c listen_addresses= -c max_connections=300 -c fsync=off -c full_page_writes=off" >"$work/pg.log" 2>&1 ||
		{ cat "$work/pg.log" "$pgdata/log" >&2; exit 1; }
	export SHUKE_TEST_POSTGRES="postgres:///postgres?user=shuke&host=${pgdata//\//%2F}"
}

finish() {
	local code=$?
	trap - EXIT INT TERM
	if [ -n "$pgdata" ]; then
		as_postgres "$pgbin/pg_ctl" -D "$pgdata/data" -m immediate -w -t 20 stop >/dev/null 2>&1 || true
		rm -rf "$pgdata"
	fi
	rm -rf "$work"
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- the steps -------------------------------------------------------------

built=
build() {
	[ -z "$built" ] || return 0
	make --no-print-directory build
	built=yes
}

step_format() {
	local out
	out=$(find . -name '*.go' -not -path '*/node_modules/*' -print0 | xargs -0 gofmt -l)
	[ -z "$out" ] || { echo "not formatted (make fmt): $out" >&2; return 1; }
}

step_vet() { go vet ./...; }

step_architecture() { go test -count=1 ./test/archtest/...; }

step_web() {
	(cd web && npm run check && npm test)
}

# Packages in which goroutines meet run under the race detector, the rest without:
# the embedded database is many times slower under it.
racy='/internal/(app|edge|http/[a-z]+|flow/(catalog|checkout|delivery|importing|loop|pay|telling|visiting)|platform/(blob|db|fetch|id|idem|jobs|node|settings))$|/wechat/(kuaidi100|official|pay|sim)$'
# Random scripts against a model: long, and one after another by nature.
sequential='FollowsTheModel'

step_go() {
	local all race plain
	all=$(go list ./... | grep -v -e '/test/e2e' -e '/test/archtest')
	race=$(grep -E "$racy" <<<"$all")
	plain=$(grep -vE "$racy" <<<"$all")
	# shellcheck disable=SC2086 # lists of packages
	CGO_ENABLED=1 go test -race -timeout 20m -skip "$sequential" $race || return 1
	# shellcheck disable=SC2086
	go test -timeout 10m $plain || return 1
	go test -timeout 10m -run "$sequential" ./internal/flow/loop
}

# The SDKs are a module and a package of their own; nothing of them reaches the product.
step_conformance() { make --no-print-directory conformance; }

step_generated() { make --no-print-directory generate-check; }

step_e2e() {
	[ -d test/e2e ] || return 0
	# With CI=true the story fails, instead of skipping, where it cannot be played.
	build && CI=true go test -count=1 -timeout 20m ./test/e2e/...
}

prepare
if wanted go || wanted e2e; then start_postgres; fi
if wanted web || wanted e2e; then
	say build
	build
fi

failed=()
report=()
for s in "${steps[@]}"; do
	declare -F "step_$s" >/dev/null || { echo "There is no step $s; there are: format vet architecture web go conformance generated e2e" >&2; exit 2; }
	say "$s"
	begin=$SECONDS
	# Not "if step_…": that would switch set -e off inside the step.
	set +e
	(set -euo pipefail; "step_$s")
	code=$?
	set -e
	if [ "$code" = 0 ]; then
		report+=("$(printf 'ok    %-13s %5d s' "$s" $((SECONDS - begin)))")
	else
		report+=("$(printf 'FAIL  %-13s %5d s' "$s" $((SECONDS - begin)))")
		failed+=("$s")
	fi
done

say summary
printf '%s\n' "${report[@]}"
if [ ${#failed[@]} -gt 0 ]; then
	echo "FAIL: ${failed[*]}   (again: test/run.sh ${failed[*]})"
	exit 1
fi
echo "ok: everything holds ($SECONDS s)"
