package main

import (
	"fmt"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// configPage lists every setting, as "shuke serve --help" does.
func configPage() page {
	var b strings.Builder
	b.WriteString(generated + "# Configuration · 配置\n\nDefaults, then a TOML file (`--config file` or `SHUKE_CONFIG`), then the environment, which wins. A key that does not exist is refused by name, and so is a value that cannot be meant; all problems are reported together. `shuke serve --help` prints the same list.\n\n```toml\n[server]\naddr = \"127.0.0.1:8080\"\npublic_url = \"https://market.example.com\"\n```\n\nis the same as `SHUKE_SERVER_ADDR=127.0.0.1:8080 SHUKE_SERVER_PUBLIC_URL=https://market.example.com`. Keep what is marked 🔑 out of files that others read.\n")
	section := ""
	for _, k := range config.Keys() {
		if s, _, _ := strings.Cut(k.Name, "."); s != section {
			section = s
			fmt.Fprintf(&b, "\n## [%s]\n\n| key | environment | default | meaning |\n|---|---|---|---|\n", s)
		}
		fmt.Fprintf(&b, "| `%s`%s | `%s` | %s | %s |\n", k.Name, secret(k.Secret), k.Env, code(k.Default), strings.ReplaceAll(k.Doc, "|", "\\|"))
	}
	return page{"docs/configuration.md", b.String()}
}

func secret(yes bool) string {
	if yes {
		return " 🔑"
	}
	return ""
}
