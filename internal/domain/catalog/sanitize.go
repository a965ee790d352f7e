package catalog

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// policy allows what a product description needs: text, lists, tables,
// pictures and links over http(s). Scripts, styles that move things about,
// forms, frames, and data: and javascript: addresses are taken out.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "section", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark",
		"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "figure", "figcaption",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[0-9]{1,2}$`)).OnElements("td", "th")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right|justify)$`)).OnElements("p", "div", "td", "th", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowStyles("text-align").Matching(regexp.MustCompile(`^(left|center|right|justify)$`)).Globally()
	p.AllowStyles("font-weight").Matching(regexp.MustCompile(`^(bold|normal|[1-9]00)$`)).Globally()
	p.AllowStyles("color").Matching(regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)).Globally()
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("alt", "title").OnElements("img")
	p.AllowAttrs("width", "height").Matching(regexp.MustCompile(`^[0-9]{1,4}%?$`)).OnElements("img", "table", "td", "th")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemeWithCustomPolicy("https", hasHost)
	p.AllowURLSchemeWithCustomPolicy("http", hasHost)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})

func hasHost(u *url.URL) bool { return u.Host != "" && u.User == nil }

// Sanitize gives the HTML of a description with everything dangerous taken out.
// Cleaning twice gives the same as cleaning once.
func Sanitize(html string) string {
	html = strings.ToValidUTF8(strings.TrimSpace(html), "")
	for range 4 {
		clean := strings.TrimSpace(policy().Sanitize(html))
		if clean == html {
			return clean
		}
		html = clean
	}
	return html
}
