package callback

import (
	"html"
	"net/url"
)

// clip keeps the first n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		s = string(r[:n])
	}
	return html.EscapeString(s)
}

func escape(s string) string { return url.QueryEscape(html.UnescapeString(s)) }
