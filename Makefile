# Everything that is done with Shuke more than once. Needs Go, Node (20.19 or
# newer) and make; "make test" also wants a few programs and says which.

GO   ?= go
NPM  ?= npm
NODE ?= node

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/shuke-commerce/shuke/internal/app.Version=$(VERSION)

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

WEB_SOURCES := $(shell find web/apps web/packages -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null) \
	web/package.json web/compress.mjs

.DEFAULT_GOAL := help

## help: this list
.PHONY: help
help:
	@sed -n 's/^## //p' Makefile

## demo: build, then run a seeded market and a pocket WeChat (data in ./data)
.PHONY: demo
demo: build
	./bin/shuke demo

## build: pages and the binary, bin/shuke
.PHONY: build
build: web bin

.PHONY: bin
bin:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(LDFLAGS)" -o bin/shuke ./cmd/shuke

## web: the pages of storefront, console and phone, into web/dist
.PHONY: web
web: web/dist/.built

web/dist/.built: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && $(NPM) run build
	$(NODE) web/compress.mjs web/dist
	@touch $@

# npm writes this file when it has installed everything.
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && $(NPM) ci
	@touch $@

## test: everything that has to hold, with its own PostgreSQL and browser
.PHONY: test
test:
	./test/run.sh

## e2e: only the story in a real browser
.PHONY: e2e
e2e:
	./test/run.sh e2e

## conformance: third-party SDKs against the pocket WeChat (UPDATE=1 writes its table anew)
.PHONY: conformance
conformance: test/conformance/node_modules/.package-lock.json
	cd test/conformance && $(GO) vet . && $(GO) test -count=1 -timeout 5m . $(if $(UPDATE),-args -update)

test/conformance/node_modules/.package-lock.json: test/conformance/package-lock.json
	cd test/conformance && $(NPM) ci --no-audit --no-fund
	@touch $@

## lint: golangci-lint (the first run builds it: some minutes)
.PHONY: lint
lint:
	$(GO) run $(GOLANGCI_LINT) run ./...

## fmt: format all Go code
.PHONY: fmt
fmt:
	gofmt -w cmd internal schema test wechat web/*.go

## generate: OpenAPI documents, TypeScript types, printed docs, schema snapshot
.PHONY: generate
generate: web/node_modules/.package-lock.json
	./test/tools/generate.sh

## generate-check: fails when something generated is out of date
.PHONY: generate-check
generate-check: web/node_modules/.package-lock.json
	./test/tools/generate.sh --check

## bench: orders and product pages per second on this machine
.PHONY: bench
bench: build
	./bin/shuke bench order --engine sqlite --seconds 10 --json
	./bin/shuke bench product --seconds 10 --json

## clean: remove what was built; ./data stays
.PHONY: clean
clean:
	rm -rf bin web/dist test/e2e/out
	mkdir -p web/dist && touch web/dist/.gitkeep

## plans: how both engines read a million rows a table, statement by statement (takes a while)
.PHONY: plans
plans:
	SHUKE_TEST_PLAN_ROWS=1000000 go test ./schema -run Plans -count=1 -timeout 60m
