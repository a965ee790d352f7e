package catalog_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
)

func TestSanitizeExamples(t *testing.T) {
	for in, want := range map[string]string{
		`<p>好茶</p><script>alert(1)</script>`:                    `<p>好茶</p>`,
		`<img src="javascript:alert(1)" alt="x">`:               `<img alt="x">`,
		`<img src="data:image/png;base64,AAAA">`:                ``,
		`<img src="/media/1/a.jpg" onerror="x()">`:              `<img src="/media/1/a.jpg">`,
		`<a href="https://a.example/x">看</a>`:                   `<a href="https://a.example/x" rel="nofollow noreferrer">看</a>`,
		`<a href="JaVaScRiPt:alert(1)">看</a>`:                   `看`,
		`<iframe src="https://x"></iframe>尾`:                    `尾`,
		`<p style="position:fixed;text-align:center">中</p>`:     `<p style="text-align: center">中</p>`,
		`<form action="/x"><input name="a">文</form>`:            `文`,
		`<svg><script>alert(1)</script></svg>`:                  ``,
		`<table><tr><td colspan="2">格</td></tr></table>`:        `<table><tr><td colspan="2">格</td></tr></table>`,
		`<style>body{display:none}</style>文`:                    `文`,
		`<a href="https://user:pass@a.example/">看</a>`:          `看`,
		`<base href="https://evil.example/"><meta charset="x">`: ``,
	} {
		if got := catalog.Sanitize(in); got != want {
			t.Errorf("%s\n gives %s\n want  %s", in, got, want)
		}
	}
}

// checkClean parses what was cleaned as a browser would and looks for anything that could run or send.
func checkClean(t interface{ Fatalf(string, ...any) }, dirty string) {
	clean := catalog.Sanitize(dirty)
	if again := catalog.Sanitize(clean); again != clean {
		t.Fatalf("cleaning again changes %q to %q", clean, again)
	}
	z := html.NewTokenizer(strings.NewReader(clean))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		switch tok.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "base", "meta", "link":
			t.Fatalf("<%s> survived in %q of %q", tok.Data, clean, dirty)
		}
		for _, a := range tok.Attr {
			value := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
			if strings.HasPrefix(a.Key, "on") || (a.Key == "href" || a.Key == "src") && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:")) {
				t.Fatalf("%s=%q survived in %q of %q", a.Key, a.Val, clean, dirty)
			}
		}
	}
}

func TestSanitizeProperty(t *testing.T) {
	piece := rapid.SampledFrom([]string{"<", ">", "</", "p", "a", " href=", " src=", "javascript:", "data:", "\"", "'", "&lt;", "&#106;", "script", "img", "onerror=", "x",
		"茶", "\x00", "\t", "style=", "--", "<!--", "-->", "svg", "math", "noscript", "title", "/", "=", "https://a/", "table", "td", "`"})
	rapid.Check(t, func(rt *rapid.T) {
		checkClean(rt, strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(rt, "html"), ""))
	})
}

func FuzzSanitize(f *testing.F) {
	f.Add(`<p>好茶</p><script>alert(1)</script><img src=x onerror=alert(1)>`)
	f.Add(`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`)
	f.Add(`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`)
	f.Fuzz(func(t *testing.T, s string) { checkClean(t, s) })
}
