package main

import (
	"fmt"
	"strings"

	"github.com/shuke-commerce/shuke/wechat/sim"
)

// endpointsPage lists every call the pocket WeChat offers, and how far each goes.
func endpointsPage() page {
	list := (&sim.Server{}).Endpoints()
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("# What the pocket WeChat offers\n\n`full`: fields, rules, limits, codes and effects as documented. `partial`: the note says what is missing. " +
		"`recorded`: checked and kept for the inspector; nothing follows from it. Anything else is answered with an error that says so.\n\n")
	b.WriteString("| server | host | full | partial | recorded | calls |\n|---|---|--:|--:|--:|--:|\n")
	var order []string
	groups := map[string][]sim.Endpoint{}
	for _, e := range list {
		if groups[e.Group] == nil {
			order = append(order, e.Group)
		}
		groups[e.Group] = append(groups[e.Group], e)
	}
	for _, name := range order {
		countRow(&b, name, groups[name][0].Host, groups[name])
	}
	countRow(&b, "**all**", "", list)
	for _, name := range order {
		fmt.Fprintf(&b, "\n## %s\n\n`%s`, inspector kind `%s`\n\n| call | document | fidelity | note |\n|---|---|---|---|\n", name, groups[name][0].Host, groups[name][0].Kind)
		for _, e := range groups[name] {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", cell(e.Pattern), cell(e.Title), e.Fidelity, cell(e.Note))
		}
	}
	return page{"wechat/sim/ENDPOINTS.md", b.String()}
}

func countRow(b *strings.Builder, name, host string, list []sim.Endpoint) {
	n := map[sim.Fidelity]int{}
	for _, e := range list {
		n[e.Fidelity]++
	}
	if host != "" {
		host = "`" + host + "`"
	}
	fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %d |\n", name, host, n[sim.Full], n[sim.Partial], n[sim.Recorded], len(list))
}

// cell keeps a text inside one cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
